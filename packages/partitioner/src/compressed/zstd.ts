import { malformed, messageOf } from '../errors.ts';
import { loadPackage } from '../optional-package.ts';

/** What is used of zstddec: the reference decoder, compiled to WebAssembly. (Node has its own from 22.15 on only.) */
interface Zstddec {
  readonly ZSTDDecoder: new () => Decoder;
}
interface Decoder {
  init(): Promise<void>;
  decodeStreaming(pieces: Iterable<Uint8Array>): Generator<Uint8Array, void, undefined>;
}

/** Bytes that the decoder is given at a time. */
const PIECE = 64 * 1024;
/** Bytes of a frame with nothing in it. */
const SMALLEST_FRAME = 8;

/** Unpacks Zstandard (RFC 8878): the frames of a file are one text. What is cut off or damaged is an error. */
export async function* unzstd(
  packed: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { ZSTDDecoder } = await loadPackage<Zstddec>('zstddec/stream', 'zstd is unpacked by');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const outputs = new Outputs(decoder, name);
  try {
    for await (const piece of packed) {
      for (let at = 0; at < piece.length; at += PIECE) yield* outputs.of(piece.subarray(at, at + PIECE));
    }
    yield* outputs.rest();
  } finally {
    outputs.free();
  }
}

/** The decoder pulls pieces, synchronously, and gives one output in each step. Here it is asked only when a piece is there. */
class Outputs {
  readonly #outputs: Generator<Uint8Array, void, undefined>;
  readonly #name: string;
  #piece: Uint8Array | undefined;
  #done = false;

  constructor(decoder: Decoder, name: string) {
    this.#name = name;
    this.#outputs = decoder.decodeStreaming(this.#pieces());
  }

  /** Outputs until this piece has been pulled; what it unpacks to comes before the next one is, or with the rest. */
  *of(piece: Uint8Array): Generator<Uint8Array, void, undefined> {
    this.#piece = piece;
    yield* this.#while(() => this.#piece !== undefined);
  }

  *rest(): Generator<Uint8Array, void, undefined> {
    yield* this.#while(() => true);
  }

  /** Lets the decoder come to its end with what it has: it frees its memory only there. */
  free(): void {
    try {
      for (const _output of this.rest());
    } catch {
      // That the data has not come to its end is known.
    }
  }

  *#while(wanted: () => boolean): Generator<Uint8Array, void, undefined> {
    let idle = 0;
    while (wanted() && !this.#done) {
      const output = this.#step();
      if (output === undefined) return;
      if (output.length > 0) yield output;
      idle = output.length > 0 ? 0 : idle + 1;
      // A step that gives nothing takes an empty frame: else the decoder has met an error, which it does not tell.
      if (idle > PIECE / SMALLEST_FRAME) throw this.#refused();
    }
  }

  #step(): Uint8Array | undefined {
    try {
      const { done, value } = this.#outputs.next();
      if (done) this.#done = true;
      return done ? undefined : value;
    } catch (cause) {
      this.#done = true;
      throw malformed(this.#name, `is no whole zstd: ${messageOf(cause)}`, cause);
    }
  }

  #refused(): Error {
    this.#done = true;
    return malformed(this.#name, 'is no zstd, or is damaged');
  }

  *#pieces(): Generator<Uint8Array, void, undefined> {
    for (let piece = this.#piece; piece !== undefined; piece = this.#piece) {
      this.#piece = undefined;
      yield piece;
    }
  }
}
