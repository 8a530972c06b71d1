/**
 * What nobody will ask for any more. Infinispan cannot give an entry another life once it is written, and a chunk must live
 * as long as its object: so chunks have no end, and those of writers that died and of replaced versions are found by
 * whoever lists the cache and so reads all its names.
 */

import { timeOfEtag, type Version } from '../key-value/store.ts';
import { DRAFT_MS } from '../key-value/write.ts';
import { forEachAtOnce } from '../network/at-once.ts';
import { chunkOf, versionOf } from './names.ts';

/** Versions that one listing looks at: the next ones find the rest. */
const MOST = 1_000;
const DELETES_AT_ONCE = 16;
/** A listing looks again after this time. */
const EVERY_MS = 60_000;

export interface SweepStore {
  /** Whether readers or the writer may still want the chunks of a version. */
  isWanted(version: Version): Promise<boolean>;
  removeChunk(version: Version, index: number, signal: AbortSignal | undefined): Promise<void>;
}

/** Versions with chunks among the names of one cache, and how many chunks they have. */
export class Sweep {
  readonly #bucket: string;
  readonly #found = new Map<string, number>();

  constructor(bucket: string) {
    this.#bucket = bucket;
  }

  /** Notes the name of a chunk; of all others nothing. */
  see(name: string): void {
    const chunk = chunkOf(name);
    if (chunk === undefined) return;
    const before = this.#found.get(chunk.version);
    if (before === undefined && this.#found.size >= MOST) return;
    this.#found.set(chunk.version, Math.max(before ?? 0, chunk.index + 1));
  }

  /** Removes the chunks of versions that nobody wants. */
  async run(store: SweepStore): Promise<void> {
    for (const [text, count] of this.#found) {
      const version = versionOf(this.#bucket, text);
      // A writer's first chunk may be there before its sign of life, and clocks differ.
      if (!(Date.now() - timeOfEtag(version.etag) > DRAFT_MS)) continue;
      if (!(await store.isWanted(version))) await removeChunks(store, version, count);
    }
  }
}

/** Removes chunks, the last ones first: what is left by a failure is found again. */
export async function removeChunks(
  store: Pick<SweepStore, 'removeChunk'>,
  version: Version,
  count: number,
  signal?: AbortSignal,
): Promise<void> {
  const indices = Array.from({ length: count }, (_, i) => count - 1 - i);
  await forEachAtOnce(indices, DELETES_AT_ONCE, signal, (index, stop) =>
    store.removeChunk(version, index, stop),
  );
}

/** When each cache was last swept by this process. */
export class SweepTimes {
  readonly #last = new Map<string, number>();

  /** A sweep if it is time for one. */
  due(bucket: string): Sweep | undefined {
    const now = performance.now();
    if (now - (this.#last.get(bucket) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return undefined;
    this.#last.set(bucket, now);
    return new Sweep(bucket);
  }
}
