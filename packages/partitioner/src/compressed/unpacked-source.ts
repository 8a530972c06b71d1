import type { ByteSource } from '../source/byte-source.ts';
import { collect } from '../source/collect.ts';

/** Unpacks a stream of packed bytes. What is wrong with them is an error that names `name`. */
export type Unpack = (packed: AsyncIterable<Uint8Array>, name: string) => AsyncIterable<Uint8Array>;

/** The bytes that packed ones unpack to, from their beginning on: a position is reached by unpacking what is before it. */
export class UnpackedSource implements ByteSource {
  readonly name: string;
  readonly size = undefined;
  readonly version: string | undefined;
  readonly before: ByteSource | undefined;
  readonly #packed: (signal?: AbortSignal) => AsyncIterable<Uint8Array>;
  readonly #unpack: Unpack;

  /** @param packed what is unpacked, of an object; `before`: the unpacked bytes before it */
  constructor(
    { name, version }: ByteSource,
    packed: (signal?: AbortSignal) => AsyncIterable<Uint8Array>,
    unpack: Unpack,
    before?: ByteSource,
  ) {
    this.name = name;
    this.version = version === undefined ? undefined : `${version}, unpacked`;
    this.before = before;
    this.#packed = packed;
    this.#unpack = unpack;
  }

  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    return collect(this.stream(start, end, signal));
  }

  async *stream(
    start: number,
    end: number = Number.POSITIVE_INFINITY,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (start >= end) return;
    yield* slice(this.#unpack(this.#packed(signal), this.name), start, end);
  }
}

/** The bytes `[start, end)` of pieces. */
export async function* slice(
  pieces: AsyncIterable<Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let position = 0;
  for await (const piece of pieces) {
    const wanted = piece.subarray(Math.max(0, start - position), Math.max(0, end - position));
    if (wanted.length > 0) yield wanted;
    position += piece.length;
    if (position >= end) return;
  }
}
