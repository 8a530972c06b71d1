/**
 * Frames on a byte stream: `u32 body length · u8 type · 3 zero bytes · body`, little endian. The header is
 * eight bytes so that a body keeps the alignment of its buffer.
 */

export const FrameType = {
  /** Client to agent: the payload (JSON), first on every channel. */
  payload: 1,
  /** Client to agent: a job (JSON), before its first calls. */
  job: 2,
  /** Client to agent: calls to run. */
  calls: 3,
  /** Client to agent: a job is over, forget its function (JSON). */
  forget: 4,
  /** Agent to client: outcomes of calls. */
  outcomes: 16,
  /** Agent to client: the user's code leaves the process (JSON): which call ran, by which exit code. */
  leaving: 17,
  /** Agent to client: ready for calls (JSON). */
  ready: 18,
  /** Agent to client: a call runs and the process lives (JSON). */
  alive: 19,
  /** Agent to client: output of a call, see logs/log-frame.ts. */
  log: 20,
  /** Agent to client: asks for another worker, for calls of the call that runs (JSON). */
  borrow: 21,
  /** Both ways: frames to and from a borrowed worker. */
  loan: 22,
  /** Agent to client: gives a borrowed worker back (JSON). */
  giveBack: 23,
  /** Client to agent: a borrowed worker has died (JSON). */
  loanEnded: 24,
  /** Agent to client: a call that is alone in its worker begins (JSON). */
  begun: 25,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

const HEADER = 8;

/** A frame of several parts, none of them copied. */
export function frame(type: FrameType, parts: readonly Uint8Array[]): Uint8Array[] {
  let length = 0;
  for (const part of parts) length += part.byteLength;
  const header = new Uint8Array(HEADER);
  new DataView(header.buffer).setUint32(0, length, true);
  header[4] = type;
  return [header, ...parts];
}

const text = new TextEncoder();

export function jsonFrame(type: FrameType, value: unknown): Uint8Array[] {
  return frame(type, [text.encode(JSON.stringify(value))]);
}

export function parseJson<T>(body: Uint8Array): T {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as T;
}

/** Cuts a byte stream into frames. A frame that came in one piece is a view of it, never a copy. */
export class FrameReader {
  readonly #onFrame: (type: FrameType, body: Uint8Array) => void;
  readonly #header = new Uint8Array(HEADER);
  #headerFill = 0;
  #body: Uint8Array | undefined;
  #bodyFill = 0;

  constructor(onFrame: (type: FrameType, body: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.byteLength) {
      if (this.#body === undefined) {
        at = this.#readHeader(chunk, at);
        if (this.#headerFill < HEADER) return;
        const length = readLength(this.#header);
        if (chunk.byteLength - at >= length) {
          this.#headerFill = 0;
          const body = chunk.subarray(at, at + length);
          at += length;
          this.#onFrame(this.#header[4] as FrameType, body);
          continue;
        }
        this.#body = new Uint8Array(length);
        this.#bodyFill = 0;
      }
      const body = this.#body;
      const take = Math.min(body.byteLength - this.#bodyFill, chunk.byteLength - at);
      body.set(chunk.subarray(at, at + take), this.#bodyFill);
      this.#bodyFill += take;
      at += take;
      if (this.#bodyFill < body.byteLength) return;
      this.#body = undefined;
      this.#headerFill = 0;
      this.#onFrame(this.#header[4] as FrameType, body);
    }
  }

  #readHeader(chunk: Uint8Array, at: number): number {
    const take = Math.min(HEADER - this.#headerFill, chunk.byteLength - at);
    this.#header.set(chunk.subarray(at, at + take), this.#headerFill);
    this.#headerFill += take;
    return at + take;
  }
}

function readLength(header: Uint8Array): number {
  return new DataView(header.buffer, header.byteOffset).getUint32(0, true);
}
