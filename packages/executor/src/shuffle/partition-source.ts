import type { InputSource, Next } from '../job/input-source.ts';
import type { JobCore } from '../job/job-core.ts';
import { resultOf } from '../job/reading.ts';
import type { PartitionInput } from './reduce-groups.ts';
import type { Segment, StoredRun } from './run.ts';

/** One input a partition that has groups: where they are, when all calls that give pairs have ended. */
export class PartitionSource implements InputSource {
  readonly #maps: readonly JobCore[];
  readonly #onReady: () => void;
  readonly #stopWatching: readonly (() => void)[];
  #reading = false;
  #inputs: PartitionInput[] | undefined;
  #failed: { readonly error: unknown } | undefined;
  #at = 0;

  /** @param maps the jobs that give pairs, one an input of the groups */
  constructor(maps: readonly JobCore[], onReady: () => void) {
    this.#maps = maps;
    this.#onReady = onReady;
    for (const core of maps) core.markFeeding();
    this.#stopWatching = maps.map((core) => core.watch(onReady));
  }

  get length(): number | undefined {
    return this.#inputs?.length;
  }

  /** @throws what the first call has failed with: groups of which some values are missing are of no use */
  next(): Next {
    for (const { broken, firstFailure, table } of this.#maps) {
      if (broken !== undefined) throw broken.error;
      if (firstFailure !== undefined) throw table.value(firstFailure);
    }
    if (this.#failed !== undefined) throw this.#failed.error;
    if (this.#inputs !== undefined) {
      const item = this.#inputs[this.#at++];
      return item === undefined ? { kind: 'end' } : { kind: 'item', item };
    }
    if (!this.#reading && this.#maps.every((core) => core.done)) this.#read();
    return { kind: 'pending' };
  }

  close(): void {
    for (const stop of this.#stopWatching) stop();
  }

  #read(): void {
    this.#reading = true;
    // Those of many partitions and runs may be large enough to be in storage.
    Promise.all(this.#maps.map((core) => Promise.all(core.table.values().map(resultOf))))
      .then(
        (inputs) => {
          this.#inputs = byPartition(inputs as StoredRun[][][]);
        },
        (error: unknown) => {
          this.#failed = { error };
        },
      )
      .finally(this.#onReady);
  }
}

/** @param inputs the runs of every call of every input, in the order of the calls */
function byPartition(inputs: readonly (readonly (readonly StoredRun[])[])[]): PartitionInput[] {
  const partitions: Segment[][][] = [];
  for (const [input, calls] of inputs.entries())
    for (const { name, offsets } of calls.flat())
      for (let i = 0; i + 1 < offsets.length; i++) {
        const [start, end] = [offsets[i]!, offsets[i + 1]!];
        if (start === end) continue;
        partitions[i] ??= inputs.map(() => []);
        partitions[i]![input]!.push({ name, start, end });
      }
  return Object.values(partitions);
}
