import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import type { Machine } from './machine.ts';
import type { Score } from './play.ts';
import { render } from './report.ts';
import type { Verdict } from './verdict.ts';

/** One benchmark played once: everything that its table says, and every time behind it. */
export interface Result {
  readonly date: string;
  readonly machine: Machine;
  readonly benchmark: Omit<Benchmark, 'contestants' | 'claims'>;
  readonly scores: readonly Score[];
  readonly verdicts: readonly Verdict[];
}

/**
 * Keeps the latest result of each benchmark as `<name>.json`, and all of them as tables in `README.md`, which
 * is written anew from the files, so that playing one benchmark leaves the others' tables as they are.
 */
export async function keep(folder: string, results: readonly Result[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const result of results) {
    await writeFile(
      join(folder, `${result.benchmark.name}.json`),
      `${JSON.stringify(result, undefined, 2)}\n`,
    );
  }
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const kept = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const tables = kept.map((text) => render(JSON.parse(text) as Result));
  await writeFile(join(folder, 'README.md'), ['# Results', ...tables].join('\n\n').concat('\n'));
}
