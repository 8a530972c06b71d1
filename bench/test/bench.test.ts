import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { benchmarks } from '../benchmarks/index.ts';
import type { Result } from '../harness/results.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let results: string;

beforeAll(async () => {
  results = await mkdtemp(join(tmpdir(), 'skein-bench-'));
});
afterAll(() => rm(results, { recursive: true, force: true }));

// The command itself, at its smallest: every contestant does a round and gives the answer of the
// others. Nothing is said about how fast.
function bench(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const command = [...inject('nodeFlags'), 'bench/run.ts', ...args];
  return promisify(execFile)(process.execPath, command, { cwd: root, timeout: 60_000 });
}

describe('the bench command', () => {
  it.each(benchmarks({ quick: true }))('plays $name', { timeout: 70_000 }, async ({ name, contestants }) => {
    const { stdout } = await bench(name, '--quick', '--results', results);
    const result = JSON.parse(await readFile(join(results, `${name}.json`), 'utf8')) as Result;
    expect(result.scores.map((score) => score.name)).toEqual(
      contestants.map((contestant) => contestant.name),
    );
    for (const { name: who, figures, absent } of result.scores) {
      if (absent === undefined) expect(figures, who).toEqual([expect.any(Number)]);
      else expect(absent).toMatch(/python3|not installed/);
    }
    expect(stdout).toContain(`## ${name}`);
    expect(await readFile(join(results, 'README.md'), 'utf8')).toContain(`## ${name}`);
  });

  it('names the benchmarks that there are when asked for another', async () => {
    await expect(bench('cals')).rejects.toThrow(/No benchmark 'cals': there are calls, chunks/);
  });
});
