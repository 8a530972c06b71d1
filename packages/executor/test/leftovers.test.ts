import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { cleanLeftovers, openRecords } from '../src/index.ts';
import { executorOf } from './support/executors.ts';
import { eventually, scratchFolders } from './support/processes.ts';

// A folder for temporary files of each test alone, so that nobody else's come and go in it.
const shared = tmpdir();
let root: string;
let storage: string;
const clients: ChildProcess[] = [];
beforeEach(() => {
  process.env['TMPDIR'] = mkdtempSync(join(shared, 'skein-test-'));
  root = mkdtempSync(join(tmpdir(), 'storage-'));
  storage = `file:${root}`;
});
afterEach(async () => {
  for (const client of clients.splice(0)) {
    if (client.exitCode !== null || client.signalCode !== null) continue;
    client.kill('SIGKILL');
    await once(client, 'exit');
  }
  // What is removed in the background may still be at it.
  rmSync(tmpdir(), { recursive: true, maxRetries: 10 });
  process.env['TMPDIR'] = shared;
});

const program = fileURLToPath(new URL('./support/storing-client.ts', import.meta.url));

function start(scenario: string, backend = 'localhost'): ChildProcess {
  const child = spawn(process.execPath, [...inject('nodeFlags'), program, scenario, storage, backend], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  clients.push(child);
  return child;
}

/** A client that has stored something; it tells its executor's id. */
async function client(
  scenario: string,
  backend?: string,
): Promise<{ child: ChildProcess; executorId: string }> {
  const child = start(scenario, backend);
  for await (const line of createInterface(child.stdout!))
    return { child, executorId: (JSON.parse(line) as { executorId: string }).executorId };
  throw new Error('the client ended before it had stored anything');
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Objects of the storage, by key. */
function objects(): string[] {
  try {
    return readdirSync(join(root, 'skein'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(root, 'skein').length + 1))
      .filter((key) => !key.startsWith('.'))
      .map((key) => key.replace(/%$/, ''))
      .sort();
  } catch {
    return [];
  }
}

/** Where a key's object is: the driver marks file names without a dot. */
function fileOf(key: string): string {
  return join(root, 'skein', /\.[^/]*$/.test(key) ? key : `${key}%`);
}

function put(key: string, text: string, age = 0): void {
  const file = fileOf(key);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const time = Date.now() / 1000 - age;
  utimesSync(file, time, time);
}

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('what a client has stored', () => {
  test('stays while it lives, and goes when it has been killed', async () => {
    const { child, executorId } = await client('idle');
    expect(await cleanLeftovers({ storage, olderThanMs: 0 })).toMatchObject({
      removed: [],
      kept: [{ executorId, reason: 'alive' }],
    });
    await kill(child);
    expect(await cleanLeftovers({ storage })).toMatchObject({
      removed: [],
      kept: [{ executorId, reason: 'recent' }],
    });
    const before = objects();
    const wouldBe = await cleanLeftovers({ storage, olderThanMs: 0, dryRun: true });
    expect(wouldBe).toMatchObject({ removed: [{ executorId, objects: before.length }], kept: [] });
    expect(wouldBe.removed[0]?.bytes).toBeGreaterThan(2_000_000);
    expect(objects()).toEqual(before);
    expect(await cleanLeftovers({ storage, olderThanMs: 0 })).toEqual(wouldBe);
    expect(objects()).toEqual([]);
    expect(await cleanLeftovers({ storage, olderThanMs: 0 })).toMatchObject({ removed: [], kept: [] });
  });

  test('of a shuffle, too: the runs of the calls that have ended, and what its workers store until they notice', async () => {
    const { child, executorId } = await client('group');
    await eventually(
      () => objects().filter((key) => key.includes('/runs/')).length > 3,
      'calls have stored runs',
    );
    await kill(child);
    await eventually(async () => {
      const { kept } = await cleanLeftovers({ storage, olderThanMs: 0 });
      return kept.length === 0 && objects().length === 0;
    }, `nothing of ${executorId} is left`);
  });

  test('is removed in the background when it ends without close', async () => {
    const { child } = await client('forgetful');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    await eventually(() => objects().length === 0, 'the storage is empty');
  });

  test('is removed in the background when it exits while calls run', async () => {
    const { child } = await client('exit');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(3);
    await eventually(() => objects().length === 0, 'the storage is empty');
  });

  test('is found by its age where its client cannot be asked', async () => {
    const marker = (host: string, start = ''): string =>
      JSON.stringify({ version: 1, host, boot: '', namespace: '', pid: 1, start, startedTstamp: 1 });
    put('jobs/aaaaaa-0/alive', marker('elsewhere'), DAY + HOUR);
    put('jobs/aaaaaa-0/code/x.mjs', 'code', DAY + HOUR);
    put('jobs/bbbbbb-0/alive', marker('elsewhere'), HOUR);
    put('jobs/bbbbbb-0/code/x.mjs', 'code', DAY + HOUR);
    // From before there were markers, or of a client that died before it had made one.
    put('jobs/cccccc-0/code/x.mjs', 'code', DAY + HOUR);
    put('jobs/dddddd-0/code/x.mjs', 'code', DAY + HOUR);
    put('jobs/dddddd-0/M000/values', 'values', HOUR);
    const { removed, kept } = await cleanLeftovers({ storage });
    expect(removed).toEqual([
      { executorId: 'aaaaaa-0', objects: 2, cloudObjects: 0, bytes: expect.any(Number) },
      { executorId: 'cccccc-0', objects: 1, cloudObjects: 0, bytes: 4 },
    ]);
    expect(kept).toEqual([
      { executorId: 'bbbbbb-0', reason: 'recent' },
      { executorId: 'dddddd-0', reason: 'recent' },
    ]);
    // However impatient: it has missed no renewal that one could tell.
    put('jobs/bbbbbb-0/alive', marker('elsewhere'), 60);
    expect((await cleanLeftovers({ storage, olderThanMs: 0 })).kept).toEqual([
      { executorId: 'bbbbbb-0', reason: 'alive' },
    ]);
  });

  test('is not taken for that of a later process with the same number', async () => {
    const { child, executorId } = await client('idle');
    const file = fileOf(`jobs/${executorId}/alive`);
    const marker = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; start: string };
    expect(marker.pid).toBe(child.pid);
    await kill(child);
    // This process has another start than the client had.
    writeFileSync(file, JSON.stringify({ ...marker, pid: process.pid }));
    const { removed } = await cleanLeftovers({ storage, olderThanMs: 0 });
    expect(removed).toMatchObject([{ executorId }]);
  });

  test('is removed to its end by the next run when one has been killed half-way', async () => {
    const { child, executorId } = await client('idle');
    await kill(child);
    for (let i = 0; i < 6_000; i++) put(`jobs/${executorId}/M001/status/${i}`, 'status');
    const all = objects().length;
    const cleaner = start('cleaner');
    await eventually(() => objects().length < all, 'it has begun');
    await kill(cleaner);
    expect(objects().length).toBeGreaterThan(1);
    expect(objects()).toContain(`jobs/${executorId}/alive`);
    const { removed } = await cleanLeftovers({ storage, olderThanMs: 0 });
    expect(removed).toMatchObject([{ executorId }]);
    expect(objects()).toEqual([]);
  });
});

describe('what is somebody else’s', () => {
  test('stays in the storage, however old', async () => {
    const others = [
      'jobs/notes/todo',
      'jobs/readme',
      'mine/jobs/aaaaaa-0/code',
      'records/aaaaaa-0/M000.json',
    ];
    for (const key of others) put(key, 'mine', 400 * DAY);
    put('jobs/aaaaaa-0/code/x.mjs', 'code', DAY + HOUR);
    const { removed, kept } = await cleanLeftovers({ storage });
    expect(removed.map(({ executorId }) => executorId)).toEqual(['aaaaaa-0']);
    expect(kept).toEqual([{ executorId: 'notes', reason: 'foreign' }]);
    expect(objects()).toEqual(others);
  });

  test('stays in the temporary folder: folders of living clients, of nobody, and links', async () => {
    const { child } = await client('idle');
    const [own] = [...scratchFolders()];
    const [left, nobody, elsewhere, link] = ['0', '1', '2', '3'].map((digit) =>
      join(tmpdir(), `skein-${digit.repeat(16)}`),
    ) as [string, string, string, string];
    const target = join(tmpdir(), 'precious');
    // A client that is killed together with its reaper leaves its folder: this is one that says the same.
    for (const folder of [left, target]) cpSync(join(tmpdir(), own!, 'owner'), join(folder, 'owner'));
    symlinkSync(target, link);
    mkdirSync(nobody);
    mkdirSync(elsewhere);
    writeFileSync(
      join(elsewhere, 'owner'),
      JSON.stringify({ host: 'elsewhere', boot: 'x', namespace: 'x', pid: 1, start: '1', startedTstamp: 1 }),
    );
    expect((await cleanLeftovers({ storage, olderThanMs: 0 })).folders).toEqual([]);
    await kill(child);
    await eventually(() => !scratchFolders().has(own!), 'the reaper has done its work');
    expect((await cleanLeftovers({ storage, olderThanMs: 0, dryRun: true })).folders).toEqual([left]);
    expect((await cleanLeftovers({ storage, olderThanMs: 0 })).folders).toEqual([left]);
    expect([...scratchFolders()].sort()).toEqual([nobody, elsewhere, link].map((path) => basename(path)));
    expect(readdirSync(target)).toEqual(['owner']);
  });
});

test('a storage that no executor has used has no leftovers; without one, folders are looked at', async () => {
  expect(await cleanLeftovers({ storage })).toEqual({ removed: [], kept: [], folders: [] });
  expect(await cleanLeftovers()).toEqual({ removed: [], kept: [], folders: [] });
});

test('an age that is none is refused', async () => {
  await expect(cleanLeftovers({ storage, olderThanMs: -1 })).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining('olderThanMs'),
  });
});

test('records outlive the data of their jobs', async () => {
  const executor = executorOf({ storage, records: true });
  await executor.map((x: number) => x, [1]);
  await executor.close();
  await cleanLeftovers({ storage, olderThanMs: 0 });
  expect(objects()).toEqual([`records/${executor.executorId}/M000.json`]);
  expect((await (await openRecords({ storage })).read(executor.executorId)).calls).toBe(1);
});
