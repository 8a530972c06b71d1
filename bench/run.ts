/**
 * `npm run bench [-- name …] [--quick] [--results folder]`: plays all benchmarks, or those named, and keeps
 * their results under bench/results/. Exits with 0 although a claim is missed: that is a finding, not a failure.
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchmarks } from './benchmarks/index.ts';
import { describeMachine } from './harness/machine.ts';
import { play } from './harness/play.ts';
import { open } from './harness/players.ts';
import { render } from './harness/report.ts';
import { keep, type Result } from './harness/results.ts';
import { judge } from './harness/verdict.ts';

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, results: { type: 'string' } },
});

const known = benchmarks({ quick: options.quick });
const unknown = names.filter((name) => !known.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  console.error(
    `No benchmark '${unknown.join("', '")}': there are ${known.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}

// Once, before the benchmarks themselves are the load.
const machine = describeMachine();
const results: Result[] = [];
for (const { contestants, claims, ...benchmark } of known) {
  if (names.length > 0 && !names.includes(benchmark.name)) continue;
  const date = new Date().toISOString();
  const scores = await play({ contestants, claims, ...benchmark }, open);
  const verdicts = judge({ contestants, claims, ...benchmark }, scores);
  const result = { date, machine, benchmark, scores, verdicts };
  results.push(result);
  console.log(`${render(result)}\n`);
}

if (options.quick) console.log('This was a quick run: its figures mean nothing.');
// And so they replace no others, unless a place for them is named.
const folder =
  options.results ?? (options.quick ? undefined : fileURLToPath(new URL('results', import.meta.url)));
if (folder !== undefined) await keep(folder, results);
