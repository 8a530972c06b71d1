/** Reading large objects by several ranges at a time, in order and within a window of memory. */

/** Bytes of one version, by the place where they lie in it. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
}

export interface RangedRead {
  /** What is read, of the object. */
  readonly stretch: Stretch;
  /** Bytes of one request. */
  readonly partSize: number;
  /** Requests at a time, and parts in memory. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Reads a stretch of the very version, whole: fewer bytes are an error. In pieces as they came, since joining them
   * costs more than receiving them does on a quick network.
   */
  fetch(stretch: Stretch, signal: AbortSignal): Promise<readonly Uint8Array[]>;
}

/** The bytes in order, each part asked for at most `concurrency` parts ahead of the reader. */
export async function* readRanged(read: RangedRead): AsyncGenerator<Uint8Array> {
  const { concurrency, signal } = read;
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const ahead: Promise<readonly Uint8Array[]>[] = [];
  const stretches = cut(read.stretch, read.partSize);
  const ask = (): void => {
    const next = stretches.next();
    if (next.done) return;
    const part = read.fetch(next.value, both);
    part.catch(() => {}); // heard of when it is its turn
    ahead.push(part);
  };
  try {
    for (let i = 0; i < concurrency; i++) ask();
    for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
      const pieces = await part;
      ask();
      yield* pieces;
    }
  } finally {
    stop.abort(new Error('the reader has gone'));
    await Promise.allSettled(ahead);
  }
}

/** Reads into memory of the stretch's length. The parts go where they belong as they come. */
export async function readRangedInto(target: Uint8Array, read: RangedRead): Promise<void> {
  const { stretch, partSize, concurrency, signal } = read;
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const stretches = cut(stretch, partSize);
  const worker = async (): Promise<void> => {
    for (const one of stretches) {
      let at = one.start - stretch.start;
      for (const piece of await read.fetch(one, both)) {
        target.set(piece, at);
        at += piece.byteLength;
      }
    }
  };
  const workers = Array.from({ length: concurrency }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
}

function* cut({ start, length }: Stretch, partSize: number): Generator<Stretch, undefined> {
  for (let done = 0; done < length; done += partSize) {
    yield { start: start + done, length: Math.min(partSize, length - done) };
  }
  return undefined;
}
