/** The side of a shuffle that gives pairs: a call's, sorted by partition and key, become runs in storage. */
import type { Combine } from './combine.ts';
import { RunPacker, type StoredRun } from './run.ts';
import type { RunStore } from './run-store.ts';
import { type BufferedGroup, SortBuffer } from './sort-buffer.ts';

export interface PartitionOptions {
  readonly store: RunStore;
  readonly partitions: number;
  /** Bytes of pairs that are held until they are stored as a run. */
  readonly memory: number;
  readonly combine: Combine | undefined;
}

/**
 * Stores the pairs that a function has given.
 *
 * @returns the runs, in the order of the pairs in them
 */
export async function partitionPairs(given: unknown, options: PartitionOptions): Promise<StoredRun[]> {
  const buffer = new SortBuffer(options.memory, options.combine);
  const runs: StoredRun[] = [];
  let count = 0;
  const add = (pair: unknown): void => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new TypeError(`pair ${count} of a map for groups is [key, value]; got ${describe(pair)}`);
    count++;
    buffer.add(pair[0], pair[1]);
  };
  const pairs = await given;
  if (isAsyncIterable(pairs))
    for await (const pair of pairs) {
      add(pair);
      if (buffer.full) runs.push(await store(buffer, options));
    }
  else if (isIterable(pairs))
    for (const pair of pairs) {
      add(pair);
      if (buffer.full) runs.push(await store(buffer, options));
    }
  else
    throw new TypeError(
      `a map for groups gives pairs [key, value]: an array, a Map, a generator; got ${describe(pairs)}`,
    );
  if (!buffer.empty) runs.push(await store(buffer, options));
  return runs;
}

async function store(buffer: SortBuffer, { store, partitions }: PartitionOptions): Promise<StoredRun> {
  const sorted = buffer.sorted(partitions);
  let offsets: number[] = [];
  const name = await store.put(async function* (): AsyncGenerator<Uint8Array> {
    const packer = new RunPacker();
    offsets = [0];
    for (const groups of sorted) {
      for (const group of groups) {
        packGroup(packer, buffer, group);
        yield* packer.take();
      }
      offsets.push(packer.length);
    }
    yield* packer.rest();
  });
  buffer.clear();
  return { name, offsets };
}

function packGroup(packer: RunPacker, buffer: SortBuffer, group: BufferedGroup): void {
  packer.begin(group.key);
  for (const value of buffer.values(group)) packer.value(value);
  packer.end();
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/** A text is one value, not its characters. */
const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object'
    ? `an object of ${value.constructor?.name ?? 'no class'}`
    : `a ${typeof value}`;
}
