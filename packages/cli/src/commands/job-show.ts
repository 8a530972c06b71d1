import { type CallRecord, type JobRecord, openRecords } from '@skein/executor';
import { paint, print, printJson, table, visible } from '../terminal.ts';
import { bytes, count, duration, moment } from '../units.ts';

export async function jobShow(id: string, options: { all?: true; json?: true }): Promise<void> {
  const record = await (await openRecords()).read(id);
  if (options.json) {
    printJson(record);
    return;
  }
  printHead(record);
  if (record.rows.length === 0) return;
  printTimes(record.rows);
  printFailures(record.rows);
  printCalls(record.rows, options.all === true);
}

function printHead({
  executorId,
  jobId,
  name,
  backend,
  createdTstamp,
  finishedTstamp,
  calls,
  failed,
  broken,
}: JobRecord): void {
  const took = duration((finishedTstamp - createdTstamp) * 1000);
  const failures = failed === 0 ? paint('green', 'all went well') : paint('red', `${failed} failed`);
  print(`${paint('bold', visible(name))}  ${paint('cyan', `${executorId}-${jobId}`)}`);
  print(`${count(calls, 'call')} on ${visible(backend)}, ${calls === 0 ? 'nothing ran' : failures}`);
  print(`${moment(new Date(createdTstamp * 1000))}, ${took}`);
  if (broken !== undefined) print(paint('red', `${visible(broken.name)}: ${visible(broken.message)}`));
}

/** Where the time went: the least, the middle and the most of each step. */
function printTimes(rows: readonly CallRecord[]): void {
  const stats = rows.flatMap((row) => row.stats ?? []);
  if (stats.length === 0) return;
  const steps = [
    ['wait for a worker', stats.map((one) => one.hostSubmitTstamp - one.hostJobCreateTstamp)],
    ['way there', stats.map((one) => one.workerFuncStartTstamp - one.hostSubmitTstamp)],
    ['function', stats.map((one) => one.workerFuncExecTime)],
    ['way back', stats.map((one) => one.hostStatusDoneTstamp - one.workerFuncEndTstamp)],
    ['CPU', stats.map((one) => one.workerFuncCpuUserTime + one.workerFuncCpuSystemTime)],
  ] as const;
  const columns = [
    { title: 'time' },
    { title: 'least', align: 'right' },
    { title: 'median', align: 'right' },
    { title: 'most', align: 'right' },
  ] as const;
  print(
    `\n${table(
      columns,
      steps.map(([step, seconds]) => [step, ...spread(seconds)]),
    )}`,
  );
  const workers = new Set(stats.map(({ worker }) => worker)).size;
  const peak = Math.max(...stats.map(({ workerPeakMemory }) => workerPeakMemory));
  const functions = stats.reduce((sum, { workerFuncExecTime }) => sum + workerFuncExecTime, 0);
  print(
    `\n${count(workers, 'worker')}, ${duration(functions * 1000)} within functions, at most ${bytes(peak)} of memory`,
  );
}

/** Clocks of two machines are compared in ways: what they say below zero is nothing. */
function spread(seconds: readonly number[]): string[] {
  const sorted = [...seconds].sort((a, b) => a - b);
  return [0, Math.floor((sorted.length - 1) / 2), sorted.length - 1].map((at) =>
    duration(Math.max(0, sorted[at] ?? 0) * 1000),
  );
}

const mostFailures = 10;

/** What failed alike is told once. */
function printFailures(rows: readonly CallRecord[]): void {
  const alike = new Map<string, number[]>();
  for (const { index, error } of rows) {
    if (error === undefined) continue;
    const text = visible(`${error.name}: ${error.message}`);
    alike.set(text, [...(alike.get(text) ?? []), index]);
  }
  if (alike.size === 0) return;
  print(`\n${paint('bold', 'Failures')}`);
  for (const [text, indices] of [...alike].slice(0, mostFailures)) {
    const which =
      indices.length === 1 ? `call ${indices[0]}` : `${indices.length} calls, the first is ${indices[0]}`;
    print(`  ${paint('red', '✗')} ${text}  ${paint('dim', which)}`);
  }
  if (alike.size > mostFailures) print(paint('dim', `  … and ${alike.size - mostFailures} other errors`));
}

const fewCalls = 10;

function printCalls(rows: readonly CallRecord[], all: boolean): void {
  const slowest = [...rows].sort((a, b) => execTime(b) - execTime(a));
  const shown = all || rows.length <= fewCalls ? rows : slowest.slice(0, fewCalls);
  const title = shown === rows ? 'Calls' : `The ${fewCalls} slowest of ${count(rows.length, 'call')}`;
  print(`\n${paint('bold', title)}`);
  const columns = [
    { title: 'call', align: 'right' },
    { title: 'state' },
    { title: 'attempt', align: 'right' },
    { title: 'worker' },
    { title: 'function', align: 'right' },
    { title: 'in', align: 'right' },
    { title: 'out', align: 'right' },
    { title: 'logs', align: 'right' },
  ] as const;
  print(
    table(
      columns,
      shown.map(({ index, state, attempt, stats, logs }) => [
        String(index),
        state === 'success' ? state : paint('red', state),
        String(attempt),
        visible(stats?.worker ?? ''),
        stats === undefined ? '' : duration(stats.workerFuncExecTime * 1000),
        stats === undefined ? '' : bytes(Math.round(stats.bytesIn)),
        stats === undefined ? '' : bytes(Math.round(stats.bytesOut)),
        logs === undefined ? '' : bytes(Buffer.byteLength(logs)),
      ]),
    ),
  );
}

function execTime({ stats }: CallRecord): number {
  return stats?.workerFuncExecTime ?? 0;
}
