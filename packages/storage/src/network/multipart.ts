/** Writing bodies of any size in parts: as many at a time as are allowed, and no more in memory than those. */
import type { Body } from '../driver.ts';

/** A piece of a body: its bytes, not joined. */
export interface Part {
  /** From 1. */
  readonly number: number;
  readonly parts: readonly Uint8Array[];
  readonly size: number;
}

/** An upload in parts that has begun at the service. */
export interface MultipartUpload<Receipt, Result> {
  send(part: Part, signal: AbortSignal): Promise<Receipt>;
  /** Makes the object of its parts, in their order. */
  complete(receipts: readonly Receipt[]): Promise<Result>;
  /** Lets go of what was sent. Not awaited by who has an error to report. */
  abort(): Promise<void>;
}

export interface BodyWriter<Receipt, Result> {
  /** Writes a body that fits into one part. */
  whole(parts: readonly Uint8Array[], size: number): Promise<Result>;
  begin(): Promise<MultipartUpload<Receipt, Result>>;
}

export interface PartPlan {
  /** Bytes of a part; bodies up to this size are written whole. */
  readonly partSize: number;
  /** Parts that are sent at a time. */
  readonly concurrency: number;
  /** How many parts an object may have. @default 10000, as of S3 */
  readonly maxParts?: number | undefined;
  /**
   * Bodies that lie in memory are written whole up to this size: two or three parts take a request each and two more.
   * @default partSize
   */
  readonly wholeSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Writes a body whole when it is small, else in parts. The memory in use is that of `concurrency + 1` parts. */
export async function writeBody<Receipt, Result>(
  body: Body,
  plan: PartPlan,
  writer: BodyWriter<Receipt, Result>,
): Promise<Result> {
  const { signal, concurrency } = plan;
  const { wholeSize = plan.partSize } = plan;
  if (body.kind === 'bytes' && body.size <= wholeSize) return writer.whole(body.parts, body.size);
  // A part's memory takes a later part once it is sent: new memory costs as much as copying into it.
  const spare: Uint8Array[] = [];
  const parts = partsOf(body, plan, spare);
  try {
    const first = await parts.next();
    if (first.done) return await writer.whole([], 0);
    const second = await parts.next();
    if (second.done) return await writer.whole(first.value.parts, first.value.size);
    const upload = await writer.begin();
    const stop = new AbortController();
    const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const receipts: Receipt[] = [];
    const sending = new Set<Promise<void>>();
    try {
      for (let next: IteratorResult<Part> = first; ; ) {
        const { value } = next as IteratorYieldResult<Part>;
        const sent = upload.send(value, both).then((receipt) => {
          receipts[value.number - 1] = receipt;
          sending.delete(sent);
          if (body.kind === 'stream') spare.push(...value.parts);
        });
        sending.add(sent);
        sent.catch(() => {}); // told by the race or the gathering below
        if (sending.size >= concurrency) await Promise.race(sending);
        next = value.number === 1 ? second : await untilFailure(parts.next(), sending);
        if (next.done) break;
      }
      await Promise.all(sending);
      signal?.throwIfAborted();
      return await upload.complete(receipts);
    } catch (error) {
      stop.abort(error);
      await Promise.allSettled(sending);
      await upload.abort().catch(() => {}); // the service's own rules remove what is left
      throw error;
    }
  } finally {
    // Not awaited: a source that is stuck would not answer.
    void parts.return(undefined).catch(() => {});
  }
}

/** A slow source is no reason to hear late of a part that has failed. */
function untilFailure<T>(next: Promise<T>, sending: ReadonlySet<Promise<void>>): Promise<T> {
  if (sending.size === 0) return next;
  return new Promise((resolve, reject) => {
    next.then(resolve, reject);
    for (const sent of sending) sent.catch(reject);
  });
}

/**
 * Cuts a body into parts of one size. Where the body's length is unknown, they grow so that it fits into `maxParts`.
 *
 * @param spare memory of such parts that nobody reads any more
 */
export function partsOf(
  body: Body,
  { partSize, maxParts = 10_000 }: Pick<PartPlan, 'partSize' | 'maxParts'>,
  spare: Uint8Array[] = [],
): AsyncGenerator<Part, undefined> {
  if (body.kind === 'bytes') return slices(body.parts, Math.max(partSize, Math.ceil(body.size / maxParts)));
  const growEvery = Math.max(1, Math.floor(maxParts / 10));
  return gathered(body.chunks, (number) => partSize * 2 ** Math.floor((number - 1) / growEvery), spare);
}

async function* slices(bytes: readonly Uint8Array[], partSize: number): AsyncGenerator<Part, undefined> {
  let number = 1;
  let parts: Uint8Array[] = [];
  let size = 0;
  for (let rest of bytes) {
    while (rest.byteLength > 0) {
      const piece = rest.subarray(0, partSize - size);
      rest = rest.subarray(piece.byteLength);
      parts.push(piece);
      size += piece.byteLength;
      if (size < partSize) continue;
      yield { number: number++, parts, size };
      parts = [];
      size = 0;
    }
  }
  if (size > 0) yield { number, parts, size };
  return undefined;
}

const FIRST_ROOM = 64 * 1024;

/** Copies, because a source may use its chunk's memory again for the next one. */
async function* gathered(
  chunks: AsyncIterable<Uint8Array>,
  sizeOf: (number: number) => number,
  spare: Uint8Array[],
): AsyncGenerator<Part, undefined> {
  let number = 1;
  let room: Uint8Array = new Uint8Array(0);
  let size = 0;
  for await (let rest of chunks) {
    while (rest.byteLength > 0) {
      const whole = sizeOf(number);
      const piece = rest.subarray(0, whole - size);
      rest = rest.subarray(piece.byteLength);
      if (size === 0) room = spareOf(whole, spare) ?? room;
      if (size + piece.byteLength > room.byteLength)
        room = enlarged(room, size, piece.byteLength, number, whole);
      room.set(piece, size);
      size += piece.byteLength;
      if (size < whole) continue;
      yield { number: number++, parts: [room], size };
      room = new Uint8Array(0);
      size = 0;
    }
  }
  if (size > 0) yield { number, parts: [room.subarray(0, size)], size };
  return undefined;
}

function spareOf(size: number, spare: Uint8Array[]): Uint8Array | undefined {
  for (let room = spare.pop(); room !== undefined; room = spare.pop())
    if (room.byteLength === size) return room;
  return undefined;
}

/** The first part may be all there is, and small; the next ones are most often full. */
function enlarged(room: Uint8Array, used: number, more: number, number: number, whole: number): Uint8Array {
  const wanted = number > 1 ? whole : Math.min(whole, Math.max(FIRST_ROOM, 2 * room.byteLength, used + more));
  const larger = Buffer.allocUnsafeSlow(wanted);
  larger.set(room.subarray(0, used));
  return larger;
}

/** One piece of memory where a library takes no list of them. */
export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
}
