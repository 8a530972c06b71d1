/** A process with some clients that ask at random, and keep in journals what they did. See `runClient`. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Surroundings } from '../support/processes.ts';
import { separate } from '../support/separate.ts';
import type { Json } from './history.ts';
import { Recorder } from './recorder.ts';
import { seeded } from './simulate.ts';
import { meaningOf, type SubjectName, subjectOf } from './subjects.ts';

export interface LiveOptions {
  readonly name: string;
  /** Where its connections go, each of which is a client. */
  readonly urls: readonly string[];
  /** All of them are used at the same time by each client. */
  readonly subjects: readonly SubjectName[];
  readonly seed: number;
  /** Of each client on each object. */
  readonly operations: number;
  readonly folder: string;
  readonly sessionTtlMs: number;
}

export const journalOf = (folder: string, name: string, subject: SubjectName): string =>
  join(folder, `${name}-${subject}`);

/** Says `ready`, begins when it is told something, says `half` and `done`, and ends when it is told something again. */
export async function live(options: LiveOptions, { say, heard }: Surroundings<string>): Promise<void> {
  const { name, urls, subjects, seed, operations, folder, sessionTtlMs } = options;
  const connections = await Promise.all(urls.map((url) => separate(url, { sessionTtlMs })));
  say('ready');
  await heard();
  let done = 0;
  const half = Math.floor((operations * urls.length * subjects.length) / 2);
  await Promise.all(
    subjects.map(async (subject, i) => {
      const { input, open } = subjectOf(subject);
      const recorder = new Recorder<Json, Json>({
        classify: meaningOf,
        journal: (line) => appendFileSync(journalOf(folder, name, subject), line),
      });
      await Promise.all(
        connections.map(async (dso, j) => {
          const random = seeded(seed * 1000 + i * 10 + j);
          const client = `${name}c${j}`;
          const run = open(dso);
          for (let n = 0; n < operations; n++) {
            const asked = input(random, client);
            await recorder.record(client, asked, () => run(asked));
            if (++done === half) say('half');
          }
        }),
      );
    }),
  );
  say('done');
  // What it holds is let go with its sessions: no operation of the histories, which have to be whole by then.
  await heard();
  await Promise.all(connections.map((dso) => dso.close()));
}
