/** Runs the stages one after another: each in two lines at most when it passes, with all it said when it does not. */
import { parseArgs } from 'node:util';
import { seconds } from '../lib/say.mjs';
import { alone } from './alone.ts';
import { exportsMaps } from './exports-maps.ts';
import { readme } from './root-readme.ts';
import { installServersInBackground } from './servers.ts';
import { builds, format, types } from './sources.ts';
import type { Outcome, Stage } from './stage.ts';
import { tests } from './tests.ts';

const stages: readonly Stage[] = [format, types, builds, exportsMaps, alone, readme, tests];

const options = parseArgs({
  options: { only: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
}).values;

if (options.help === true) {
  console.log('npm test [-- --only <stage>]…\n\nStages, in their order:');
  for (const { name, claim } of stages) console.log(`  ${name.padEnd(9)}${claim}`);
} else {
  process.exitCode = (await runAll(chosen())) ? 0 : 1;
}

function chosen(): readonly Stage[] {
  const names = options.only?.flatMap((list) => list.split(',')) ?? [];
  const unknown = names.find((name) => !stages.some((stage) => stage.name === name));
  if (unknown !== undefined) {
    console.error(`--only ${unknown}: expected one of ${stages.map(({ name }) => name).join(', ')}`);
    process.exit(2);
  }
  return names.length === 0 ? stages : stages.filter(({ name }) => names.includes(name));
}

/**
 * The last line is for machines: tests that passed and failed. A stage that fails without a failed test (a type
 * error, say) counts as one, so that a run that fails never ends with `0 failed`.
 */
async function runAll(list: readonly Stage[]): Promise<boolean> {
  const began = performance.now();
  if (list.includes(tests)) installServersInBackground();
  const summary: string[] = [];
  const failures: string[] = [];
  let passed = 0;
  let failed = 0;
  for (const stage of list) {
    const start = performance.now();
    const { outcome, failure } = await runOne(stage);
    passed += outcome.tests?.passed ?? 0;
    failed += Math.max(outcome.tests?.failed ?? 0, failure === undefined ? 0 : 1);
    const mark = failure === undefined ? 'ok    ' : 'FAILED';
    const line = `${mark}  ${stage.name.padEnd(9)}${seconds(performance.now() - start).padStart(8)}  ${outcome.note}`;
    summary.push(line);
    failures.push(...(outcome.failures ?? []));
    if (failure !== undefined) console.log(`${failure}\n`);
    console.log(line);
  }
  if (failed > 0) console.log(`\n${[...failures, '', ...summary].join('\n')}`);
  console.log(
    `\n${list.length === 1 ? '1 stage' : `${list.length} stages`} in ${seconds(performance.now() - began)}`,
  );
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

async function runOne(stage: Stage): Promise<{ outcome: Outcome; failure?: string }> {
  try {
    const outcome = await stage.check();
    return (outcome.tests?.failed ?? 0) > 0
      ? { outcome, failure: `${stage.name}: tests failed` }
      : { outcome };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { outcome: { note: stage.claim }, failure: `${stage.name}: ${failure}` };
  }
}
