import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nearest } from '@skein/config';
import { type ExecutorOptions, FunctionExecutor, resolveExecutorConfig } from '@skein/executor';
import { Storage } from '@skein/storage';
import { type BackendSubject, backendChecks } from '../checks/backend.ts';
import { type Check, inTime, type Outcome, runCheck, skip } from '../checks/check.ts';
import { removeChecked, type StorageSubject, storageChecks, storageSubject } from '../checks/storage.ts';
import { exitCodes } from '../failure.ts';
import { placeOf } from '../settings.ts';
import { paint, print, printJson, visible } from '../terminal.ts';
import { count, duration } from '../units.ts';
import { UsageError } from '../usage-error.ts';

interface Report {
  /** What the groups are called, as they begin. */
  group(name: string, subject: string): void;
  outcome(outcome: Outcome): void;
}

export async function test(
  checks: readonly string[],
  options: { timeout: number; json?: true },
): Promise<void> {
  const chosen = choose(checks);
  const outcomes: Outcome[] = [];
  const groups: Record<string, string> = {};
  const report: Report = {
    group(name, subject) {
      groups[name] = subject;
      if (!options.json)
        print(`${outcomes.length === 0 ? '' : '\n'}${paint('bold', name)}  ${paint('dim', subject)}`);
    },
    outcome(outcome) {
      outcomes.push(outcome);
      if (!options.json) printOutcome(outcome);
    },
  };
  const started = performance.now();
  const timeoutMs = options.timeout * 1000;
  await runAll(chosen, timeoutMs, report);
  const failed = outcomes.filter(({ status }) => status === 'failed').length;
  if (options.json) printJson({ ok: failed === 0, ...groups, checks: outcomes });
  else printSum(outcomes, failed, performance.now() - started);
  if (failed === 0) return;
  process.exitCode = exitCodes.failure;
  // What did not end in its time may never do: it is not waited for.
  if (outcomes.some(({ ms }) => ms >= timeoutMs)) await leave();
}

/** Ends the process when what it has said is written. */
async function leave(): Promise<void> {
  await new Promise<void>((written) => process.stdout.write('', () => written()));
  process.exit();
}

const configuration: Check<undefined> = {
  name: 'configuration',
  claim: 'the configuration can be read',
  advice: 'Correct what is named above.',
  run: () => Promise.resolve(undefined),
};

interface Chosen {
  readonly storage: readonly Check<StorageSubject>[];
  readonly backend: readonly Check<BackendSubject>[];
}

function choose(words: readonly string[]): Chosen {
  const known = ['storage', 'backend', ...[...storageChecks, ...backendChecks].map(({ name }) => name)];
  for (const word of words) {
    if (known.includes(word)) continue;
    const near = nearest(word, known);
    throw new UsageError(
      `there is no check '${word}'${near === undefined ? `; there are ${known.join(', ')}` : ` (did you mean ${near}?)`}`,
    );
  }
  const all = words.length === 0;
  return {
    storage: storageChecks.filter(({ name }) => all || words.includes('storage') || words.includes(name)),
    backend: backendChecks.filter(({ name }) => all || words.includes('backend') || words.includes(name)),
  };
}

async function runAll(chosen: Chosen, timeoutMs: number, report: Report): Promise<void> {
  let values: ExecutorOptions = {};
  let storage: Storage | undefined;
  const read: Check<undefined> = {
    ...configuration,
    async run() {
      const config = await resolveExecutorConfig();
      values = config.values;
      if (config.storage !== undefined) storage = new Storage(config.storage);
      const sources = new Set(config.rows().map(({ source }) => source));
      return sources.size === 0 ? 'nothing is configured: defaults' : [...sources].join(', ');
    },
  };
  const outcome = await runCheck('configuration', read, undefined, timeoutMs);
  report.outcome(outcome);
  if (outcome.status === 'failed') {
    for (const check of chosen.storage) report.outcome(skip('storage', check, 'no configuration'));
    for (const check of chosen.backend) report.outcome(skip('backend', check, 'no configuration'));
    return;
  }
  if (chosen.storage.length > 0) await testStorage(storage, chosen.storage, timeoutMs, report);
  if (chosen.backend.length > 0) await testBackend(values, chosen.backend, timeoutMs, report);
}

async function testStorage(
  configured: Storage | undefined,
  checks: readonly Check<StorageSubject>[],
  timeoutMs: number,
  report: Report,
): Promise<void> {
  // As an executor does where none is configured.
  const folder = configured === undefined ? await mkdtemp(join(tmpdir(), 'skein-test-')) : undefined;
  const storage = configured ?? new Storage({ kind: 'fs', root: folder ?? '' });
  report.group(
    'storage',
    configured === undefined ? 'none is configured: a temporary folder' : placeOf(storage),
  );
  const subject = storageSubject(storage);
  try {
    await inOrder('storage', checks, subject, timeoutMs, report);
    // What cannot be removed has been told by the checks.
    await inTime(removeChecked(subject), timeoutMs).catch(() => {});
  } finally {
    await inTime(storage.close(), timeoutMs).catch(() => {});
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function testBackend(
  values: ExecutorOptions,
  checks: readonly Check<BackendSubject>[],
  timeoutMs: number,
  report: Report,
): Promise<void> {
  const { backend = 'localhost', localhost, workers } = values;
  const kind =
    backend === 'localhost' ? ` (${localhost?.isolation === 'thread' ? 'threads' : 'processes'})` : '';
  const many = workers === undefined ? 'one worker a core' : count(workers, 'worker');
  report.group('backend', `${backend}${kind}, ${many}`);
  // One attempt, no record, nothing between the lines of the report.
  const executor = new FunctionExecutor({
    showProgress: false,
    logLevel: 'silent',
    records: false,
    retries: 0,
  });
  try {
    await inOrder('backend', checks, { executor, values }, timeoutMs, report);
  } finally {
    await inTime(executor.close({ cancel: true }), timeoutMs).catch(() => {});
  }
}

/** The first check of a group is what the others stand on. */
async function inOrder<Subject>(
  group: string,
  checks: readonly Check<Subject>[],
  subject: Subject,
  timeoutMs: number,
  report: Report,
): Promise<void> {
  let broken: string | undefined;
  for (const [at, check] of checks.entries()) {
    if (broken !== undefined) {
      report.outcome(skip(group, check, `'${broken}' failed`));
      continue;
    }
    const outcome = await runCheck(group, check, subject, timeoutMs);
    report.outcome(outcome);
    if (outcome.status === 'failed' && at === 0) broken = check.name;
  }
}

const marks = { passed: paint('green', '✓'), failed: paint('red', '✗'), skipped: paint('dim', '–') } as const;

function printOutcome({ name, claim, status, ms, detail, error, advice }: Outcome): void {
  const time = status === 'skipped' ? '' : duration(ms);
  const found = detail === undefined ? '' : paint('dim', `  ${visible(detail)}`);
  print(`  ${marks[status]} ${name.padEnd(13)} ${claim.padEnd(62)} ${time.padStart(8)}${found}`);
  if (error !== undefined) {
    const text = error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
    for (const line of text.split('\n')) print(`      ${visible(line)}`);
    if (advice !== undefined) print(`      ${paint('yellow', '→')} ${advice}`);
  }
}

function printSum(outcomes: readonly Outcome[], failed: number, ms: number): void {
  const of = (status: Outcome['status']): number => outcomes.filter((one) => one.status === status).length;
  const skipped = of('skipped') === 0 ? '' : `, ${of('skipped')} skipped`;
  const sum = `${of('passed')} passed, ${failed} failed${skipped}`;
  print(`\n${paint(failed === 0 ? 'green' : 'red', sum)} in ${duration(ms)}`);
}
