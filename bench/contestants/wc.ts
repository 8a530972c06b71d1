/** `wc -l`: one of the whole file, or several at a time, each of a part that has been copied before. */

import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { dataPath } from '../data/data-set.ts';
import { numbersBelow, serve, sum, timed } from './serve.ts';

const run = promisify(execFile);
let copies: Promise<string[]> | undefined;

await serve(
  {
    count: async ({ records, processes = 1 }) => {
      if (processes > 1) copies ??= copyParts(processes);
      const files = (await copies) ?? [dataPath()];
      return timed(
        () => Promise.all(files.map(lines)),
        (counts) => sum(counts) / records,
      );
    },
  },
  async () => {},
);

async function lines(path: string): Promise<number> {
  const { stdout } = await run('wc', ['-l', path]);
  return Number.parseInt(stdout, 10);
}

/** They lie beside the file, and go with it. Cut anywhere: a newline is in one of them. */
async function copyParts(count: number): Promise<string[]> {
  const { size } = await stat(dataPath());
  const bound = (part: number): number => Math.floor((size / count) * part);
  const paths = numbersBelow(count).map((part) => `${dataPath()}.${part}`);
  await Promise.all(
    paths.map((path, part) =>
      pipeline(
        createReadStream(dataPath(), { start: bound(part), end: bound(part + 1) - 1 }),
        createWriteStream(path),
      ),
    ),
  );
  return paths;
}
