/** A server with --data: what it has acknowledged outlives it, whatever ends it; what cannot be so is refused, by name. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type ConnectOptions, type Dso, OutcomeUnknownError } from '@skein/dso';
import { expect, onTestFinished, test } from 'vitest';
import { type RunningServer, type ServerOptions, startServer } from '../src/index.ts';
import { type Log, makeLog } from '../src/log.ts';
import { client, failure } from './support/client.ts';
import { folder } from './support/folder.ts';
import { metric } from './support/metrics.ts';
import { freePorts } from './support/ports.ts';
import { runProgram, type StartedServer, startProgram } from './support/server.ts';
import { smallDisk } from './support/small-disk.ts';

const PATIENT: ConnectOptions = { timeoutMs: 60_000 };

interface Restarting {
  server: StartedServer;
  readonly data: string;
  readonly address: string;
  /** Ends it by a signal and starts it again, with the same data. */
  restart(signal: NodeJS.Signals, flags?: readonly string[]): Promise<void>;
}

async function restarting(
  flags: readonly string[] = [],
  data: string = join(folder(), 'data'),
): Promise<Restarting> {
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const start = (more: readonly string[]): Promise<StartedServer> =>
    startProgram(['--listen', address, '--data', data, ...flags, ...more]);
  const it: Restarting = {
    server: await start([]),
    data,
    address,
    async restart(signal, more = []) {
      await it.server.end(signal);
      it.server = await start(more);
    },
  };
  return it;
}

/** Increments a counter over and over, by several at once; gives what was acknowledged, and of how many nobody knows. */
function incrementing(
  dso: Dso,
  name: string,
): { readonly acknowledged: () => number; stop(): Promise<{ acknowledged: number; unknown: number }> } {
  let acknowledged = 0;
  let unknown = 0;
  let isOver = false;
  const workers = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      try {
        await dso.counter(name).increment();
        acknowledged++;
      } catch (error) {
        if (!(error instanceof OutcomeUnknownError)) throw error;
        unknown++;
      }
    }
  });
  const ended = Promise.all(workers);
  ended.catch(() => {}); // heard of by stop()
  return {
    acknowledged: () => acknowledged,
    async stop() {
      isOver = true;
      await ended;
      return { acknowledged, unknown };
    },
  };
}

async function more(work: { acknowledged(): number }, count: number): Promise<void> {
  const before = work.acknowledged();
  await expect
    .poll(() => work.acknowledged() - before, { timeout: 60_000, interval: 5 })
    .toBeGreaterThan(count);
}

test.each([
  ['always', 2],
  ['interval:50', 1],
])(
  '--fsync %s: killed under load, with snapshots in between, every count is exact',
  async (fsync, kills) => {
    const it = await restarting(['--fsync', fsync, '--snapshot-after-bytes', '16KiB']);
    const dso = await client(`dso://${it.address}`, PATIENT);
    const one = incrementing(dso, 'one');
    const other = incrementing(dso, 'other');
    for (let i = 0; i < kills; i++) {
      await more(one, 300);
      await it.restart('SIGKILL');
    }
    await more(one, 10);
    const [first, second] = [await one.stop(), await other.stop()];
    // The client has asked again for all that had no answer, and each was done once.
    expect([first.unknown, second.unknown]).toEqual([0, 0]);
    expect(await dso.counter('one').tally()).toBe(first.acknowledged);
    expect(await dso.counter('other').tally()).toBe(second.acknowledged);
    const hasSnapshot = async (): Promise<boolean> => {
      // Whatever is logged leads to one that is due.
      await dso.counter('third').increment();
      const snapshots = join(it.data, 'snapshots');
      return existsSync(snapshots) && readdirSync(snapshots).some((name) => /^snapshot-\d+$/.test(name));
    };
    await expect.poll(hasSnapshot, { timeout: 60_000 }).toBe(true);
  },
  120_000,
);

class Account {
  balance = 0;

  deposit(amount: number): number {
    this.balance += amount;
    return this.balance;
  }
}

test('killed, then ended in peace: who waits goes on waiting, who holds holds, classes are there, what was cleared is not', async () => {
  const it = await restarting();
  const dso = await client(`dso://${it.address}`, PATIENT);
  await dso.counter('cleared').increment();
  await dso.clear();
  const lock = dso.lock('lock');
  const token = await lock.acquire();
  const taken = dso.queue<string>('queue').take();
  const account = dso.object('account', Account);
  await account.deposit(5);
  await it.restart('SIGKILL');
  expect(await account.deposit(2)).toBe(7);
  await it.restart('SIGTERM');
  expect(await account.deposit(3)).toBe(10);
  expect(await dso.counter('cleared').tally()).toBe(0);
  const second = await client(`dso://${it.address}`, PATIENT);
  expect(await second.lock('lock').tryAcquire()).toBeUndefined();
  await second.queue<string>('queue').put('came');
  expect(await taken).toBe('came');
  await lock.release(token);
  expect(await second.lock('lock').tryAcquire()).toBeDefined();
}, 60_000);

/** Servers of this process, one after another on the same data. */
async function within(options: ServerOptions & { readonly data: string }, log?: Log): Promise<RunningServer> {
  const server = await startServer({ listen: '127.0.0.1:0', ...options }, log === undefined ? {} : { log });
  onTestFinished(() => server.close());
  return server;
}

test('what a client held that has gone meanwhile is let go after the restart', async () => {
  const data = folder();
  const first = await within({ data });
  const gone = await client(first.urls[0]!, { ...PATIENT, sessionTtlMs: 500 });
  await gone.lock('lock').acquire();
  await first.close();
  await gone.close();
  const second = await within({ data });
  const dso = await client(second.urls[0]!, PATIENT);
  await dso.lock('lock').acquire({ timeoutMs: 30_000 });
});

test('a data directory belongs to one server at a time, and to one cluster', async () => {
  const data = join(folder(), 'data');
  const server = await startServer({ listen: '127.0.0.1:0', data });
  onTestFinished(() => server.close());
  await expect(startServer({ listen: '127.0.0.1:0', data })).rejects.toMatchObject({
    code: 'in-use',
    message: `${data} is in use by another process: a data directory belongs to one server`,
  });
  expect(await runProgram(['--listen', '127.0.0.1:0', '--data', data])).toMatchObject({
    code: 1,
    stderr: `skein-dso-server: ${data} is in use by another process: a data directory belongs to one server\n`,
  });
  await server.close();
  const identity = join(data, 'data.json');
  writeFileSync(identity, readFileSync(identity, 'utf8').replace('"none"', '"another"'));
  await expect(startServer({ listen: '127.0.0.1:0', data })).rejects.toMatchObject({
    code: 'foreign',
    message: `${data} belongs to the cluster another, and this is a server without --membership`,
  });
  const notAFolder = join(data, 'data.json');
  await expect(startServer({ listen: '127.0.0.1:0', data: notAFolder })).rejects.toMatchObject({
    code: 'unusable',
  });
});

test('--fsync interval, and the machine has ended: who has used an object is told that it may be lost, others use what is left', async () => {
  const it = await restarting(['--fsync', 'interval:1000']);
  const dso = await client(`dso://${it.address}`, PATIENT);
  const counter = dso.counter('c');
  await counter.increment();
  await it.server.end('SIGKILL');
  const identity = join(it.data, 'data.json');
  writeFileSync(identity, readFileSync(identity, 'utf8').replace(/"boot":"[^"]*"/, '"boot":"another start"'));
  const server = await within({ data: it.data, listen: it.address });
  expect(await failure(counter.increment())).toMatchObject({ name: 'ObjectLostError', code: 'object-lost' });
  await dso.close();
  const anew = await client(server.urls[0]!, PATIENT);
  expect(await anew.counter('c').tally()).toBe(1);
});

test('a torn tail is cut off, and said to be; damage before it is an error with the place', async () => {
  const it = await restarting();
  const dso = await client(`dso://${it.address}`, PATIENT);
  await dso.counter('c').increment();
  await dso.counter('c').increment();
  await it.server.end('SIGKILL');
  const [name] = readdirSync(join(it.data, 'log'));
  const log = join(it.data, 'log', name!);
  const whole = readFileSync(log);
  appendFileSync(log, 'no frame');
  const lines: string[] = [];
  const server = await within(
    { data: it.data, listen: it.address },
    makeLog('warn', (line) => lines.push(line), false),
  );
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { message: expect.stringMatching(/torn/), file: log, bytes: expect.any(Number) },
  ]);
  expect(await dso.counter('c').increment()).toBe(3);
  await server.close();
  const damaged = Buffer.from(whole);
  damaged[60]! ^= 1;
  writeFileSync(log, damaged);
  await expect(within({ data: it.data })).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringContaining(`${log} is damaged at offset 32: `),
  });
}, 60_000);

test('a full disk refuses writes by name, loses nothing, and goes on when there is room', async ({
  skip,
}) => {
  const disk = smallDisk(6 * 2 ** 20);
  if (disk === undefined)
    return skip('only root mounts a small disk; test/durable/journal.test.ts has one that is made up');
  const data = join(disk, 'data');
  const first = await within({ data, metrics: '127.0.0.1:0' });
  const dso = await client(first.urls[0]!, PATIENT);
  const filler = join(disk, 'filler');
  writeFileSync(filler, Buffer.alloc(2 * 2 ** 20));
  const list = dso.list<string>('list');
  const text = 'x'.repeat(20_000);
  let acknowledged = 0;
  let error: unknown;
  while (error === undefined && acknowledged < 1000) {
    try {
      await list.push(text);
      acknowledged++;
    } catch (caught) {
      error = caught;
    }
  }
  expect(error).toMatchObject({ name: 'DiskFullError', code: 'disk-full', retryable: true });
  expect(acknowledged).toBeGreaterThan(50);
  expect(await failure(dso.counter('other').increment())).toMatchObject({ code: 'disk-full' });
  // Reads go on, and so do metrics.
  expect(await list.length()).toBe(acknowledged);
  expect(await metric(first.metrics!, 'skein_dso_log_full')).toBe(1);
  rmSync(filler);
  await expect
    .poll(
      () =>
        dso
          .counter('other')
          .increment()
          .catch(() => 0),
      { timeout: 20_000 },
    )
    .toBe(1);
  await list.push(text);
  await first.close();
  const second = await within({ data });
  const again = await client(second.urls[0]!, PATIENT);
  expect(await again.list<string>('list').length()).toBe(acknowledged + 1);
  expect(await again.counter('other').tally()).toBe(1);
}, 60_000);

test('a disk that fails ends the answers: what had none is not said to be done, what had one is there at the next start', async ({
  skip,
}) => {
  if (process.platform !== 'linux') return skip('the file of the log is closed behind its back by /proc');
  const data = folder();
  const first = await within({ data });
  const dso = await client(first.urls[0]!, { timeoutMs: 1000 });
  await dso.counter('c').increment();
  for (const descriptor of readdirSync('/proc/self/fd')) {
    const path = join('/proc/self/fd', descriptor);
    const target = existsSync(path) ? readlinkSync(path) : '';
    if (target.startsWith(join(data, 'log'))) closeSync(Number(descriptor));
  }
  expect(await failure(dso.counter('c').increment())).toMatchObject({ code: 'outcome-unknown' });
  expect(await first.failed).toMatchObject({ code: 'EBADF' });
  await first.close();
  const second = await within({ data });
  const again = await client(second.urls[0]!, PATIENT);
  expect(await again.counter('c').tally()).toBe(1);
});

test('options that mean nothing without --data are refused', async () => {
  await expect(startServer({ fsync: 'always' })).rejects.toThrow('--fsync needs --data');
  await expect(startServer({ data: 'x', fsync: 'sometimes' })).rejects.toThrow(
    "--fsync must be 'always', 'never', or 'interval:'",
  );
  expect(existsSync('x')).toBe(false);
});

test('metrics of the disk', async () => {
  const server = await within({ data: folder(), snapshotAfterBytes: 1, metrics: '127.0.0.1:0' });
  const dso = await client(server.urls[0]!, PATIENT);
  await dso.counter('c').increment();
  const age = (): Promise<number | undefined> => metric(server.metrics!, 'skein_dso_snapshot_age_seconds');
  await expect.poll(age, { timeout: 10_000 }).toBeGreaterThanOrEqual(0);
  for (const name of ['write_seconds_count', 'write_records_sum', 'written_bytes_total', 'bytes'])
    expect(await metric(server.metrics!, `skein_dso_log_${name}`), name).toBeGreaterThan(0);
  expect(await metric(server.metrics!, 'skein_dso_log_info{fsync="always"}')).toBe(1);
  // Under this policy no answer leaves before.
  expect(await metric(server.metrics!, 'skein_dso_log_unsynced_bytes')).toBe(0);
  const synced = await metric(server.metrics!, 'skein_dso_log_synced_timestamp_seconds');
  expect(Math.abs(Date.now() / 1000 - synced!)).toBeLessThan(60);
});
