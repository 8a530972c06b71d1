/** Parties of a barrier in another process, each with a connection of its own or all with one. See `runClient`. */
import type { Dso } from '../../src/dso.ts';
import type { Surroundings } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

export interface ManyOptions {
  readonly url: string;
  readonly parties: number;
  /** Of the whole barrier. */
  readonly all: number;
  readonly generations: number;
  readonly connections: number;
}

/**
 * Every party counts itself in before it waits, and looks afterwards: whoever passes must see that all of its
 * generation have been counted. Says the worst that was seen: how many were missing.
 */
export async function many(options: ManyOptions, { say, heard }: Surroundings<unknown>): Promise<void> {
  const { url, parties, all, generations, connections } = options;
  const opened = await Promise.all(Array.from({ length: connections }, () => separate(url)));
  say('ready');
  await heard();
  const party = async (dso: Dso): Promise<number> => {
    const barrier = dso.barrier('many', { parties: all });
    const arrived = dso.counter('arrived');
    let missing = 0;
    for (let generation = 1; generation <= generations; generation++) {
      await arrived.increment();
      await barrier.wait();
      const seen = await arrived.tally();
      missing = Math.max(missing, generation * all - seen);
    }
    return missing;
  };
  const missing = await Promise.all(
    Array.from({ length: parties }, (_, i) => party(opened[i % connections]!)),
  );
  say(Math.max(...missing));
  await Promise.all(opened.map((dso) => dso.close()));
}

/** Waits with several parties, says so, and is killed then. */
export async function victims(options: ManyOptions, { say, heard }: Surroundings<unknown>): Promise<void> {
  const dso = await separate(options.url, { sessionTtlMs: 60_000 });
  for (let i = 0; i < options.parties; i++) void dso.barrier('many').wait();
  // On the same connection: when this is answered, the barrier has been told.
  await dso.counter('arrived').tally();
  say('waiting');
  await heard();
}
