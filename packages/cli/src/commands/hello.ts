import { hostname } from 'node:os';
import { FunctionExecutor, resolveExecutorConfig } from '@skein/executor';
import { paint, print, printJson, table, visible } from '../terminal.ts';
import { count, duration } from '../units.ts';

const guests = [
  'Ada',
  'Grace',
  'Alan',
  'Barbara',
  'Edsger',
  'Margaret',
  'Donald',
  'Frances',
  'John',
  'Radia',
];

interface Answer {
  readonly greeting: string;
  readonly pid: number;
  readonly host: string;
}

/** Runs on a worker. */
function greet(name: string): Answer {
  return { greeting: `Hello, ${name}!`, pid: process.pid, host: hostname() };
}

export async function hello(options: { calls: number; json?: true }): Promise<void> {
  const { values } = await resolveExecutorConfig();
  const backend = values.backend ?? 'localhost';
  const names = Array.from({ length: options.calls }, (_, at) => guestName(at));
  const quiet = options.json === true;
  const executor = new FunctionExecutor({ showProgress: false });
  try {
    if (!quiet) print(`${count(names.length, 'call')} on ${paint('bold', backend)}:\n`);
    const started = performance.now();
    const job = executor.map(greet, names);
    let firstMs: number | undefined;
    for await (const outcome of job.completed()) {
      firstMs ??= performance.now() - started;
      if (outcome.status === 'rejected') throw outcome.reason;
    }
    const allMs = performance.now() - started;
    const answers = await job;
    const rows = answers.map((answer, at) => ({ ...answer, worker: job.futures[at]?.stats?.worker ?? '' }));
    const workers = new Set(rows.map(({ host, pid, worker }) => `${host} ${pid} ${worker}`)).size;
    if (quiet) {
      printJson({
        backend,
        calls: names.length,
        workers,
        firstResultMs: firstMs,
        allResultsMs: allMs,
        answers: rows,
      });
    } else {
      printAnswers(rows);
      print(
        `\n${count(workers, 'worker')} answered: the first result came after ${duration(firstMs ?? 0)}, all after ${duration(allMs)}.\n`,
      );
      printNext();
    }
  } finally {
    await executor.close({ cancel: true });
  }
}

function guestName(at: number): string {
  const name = guests[at % guests.length] ?? '';
  return at < guests.length ? name : `${name} ${Math.floor(at / guests.length) + 1}`;
}

/** Lines beyond these tell nothing new. */
const mostLines = 20;

function printAnswers(rows: readonly (Answer & { worker: string })[]): void {
  const shown = rows.slice(0, mostLines);
  const columns = [{ title: 'answer' }, { title: 'worker' }, { title: 'process' }, { title: 'host' }];
  print(
    table(
      columns,
      shown.map(({ greeting, worker, pid, host }) => [
        greeting,
        visible(worker),
        String(pid),
        paint('dim', visible(host)),
      ]),
    ),
  );
  if (rows.length > shown.length) print(paint('dim', `… and ${rows.length - shown.length} more`));
}

function printNext(): void {
  print(paint('bold', 'Next:'));
  for (const [command, what] of [
    ['skein run FILE', 'run your own program'],
    ['skein test', 'check the backend and the storage step by step'],
    ['skein init', 'write a configuration, commented'],
  ] as const) {
    print(`  ${paint('cyan', command.padEnd(16))}${what}`);
  }
}
