/** `skein dso` and real servers: three that find each other by a real etcd, two of which hold each object. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Dso } from '@skein/dso';
import { type Answered, type Census, type MemberShare, type NodeStats, Operator } from '@skein/dso/operator';
import { type RunningServer, startServer } from '@skein/dso-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findEtcd, startEtcd } from '../../../tools/servers/etcd.ts';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { freePort } from '../../../tools/servers/free-port.ts';
import { settled } from '../../../tools/servers/settled.ts';
import { command, folder, json, lastingFolder } from './command.ts';
import type { Ended } from './skein.ts';

const SLOTS = 4096;
const cwd = lastingFolder();
const skein = (...args: string[]): Promise<Ended> => command({ cwd }, 'dso', ...args);

describe('a cluster of three', () => {
  let servers: readonly RunningServer[] = [];
  let dso: Dso;
  let operator: Operator;

  serverForTests(findEtcd, async (program) => {
    const etcd = await startEtcd(program);
    const membership = `etcd:${etcd.url}/${randomUUID()}`;
    const start = (): Promise<RunningServer> =>
      startServer({ listen: '127.0.0.1:0', membership, replicas: 2, leaseMs: 10_000 });
    servers = await Promise.all([start(), start(), start()]);
    dso = await connect(servers[0]!.urls[0]);
    operator = new Operator(dso);
    await allSettled(3);
    await Promise.all(Array.from({ length: 30 }, (_, i) => dso.counter(`counter ${i}`).increment(i)));
    await dso.blob('large').set(new Uint8Array(100_000));
    return {
      async stop() {
        await dso.close();
        await Promise.all(servers.map((server) => server.close()));
        await etcd.stop();
      },
    };
  });

  /** Until so many share all slots, each of which has its copy. */
  const allSettled = (count: number): Promise<void> =>
    settled(() => operator.members(), { servers: count, replicas: 2 }, 100_000);

  const at = (server: RunningServer | undefined): readonly string[] => ['--address', server!.address];

  test('members: all of them, asked of any', async () => {
    const addresses = servers.map(({ address }) => address).sort();
    const members = json(await skein('members', ...at(servers[2]), '--json')) as MemberShare[];
    expect(members.map(({ address }) => address)).toEqual(addresses);
    for (const { since, isDraining, primary, backup } of members) {
      expect(Date.now() - since!).toBeLessThan(120_000);
      expect(isDraining).toBe(false);
      expect(primary + backup).toBeGreaterThan(0.8 * ((2 * SLOTS) / 3));
    }
    const { code, stdout } = await skein('members', ...at(servers[1]));
    expect(code).toBe(0);
    for (const address of addresses)
      expect(stdout).toMatch(new RegExp(`^${address} +just now +1,\\d{3} `, 'm'));
  });

  test('ring: a bar for each, and how far from even they are', async () => {
    const { code, stdout } = await skein('ring', ...at(servers[0]));
    expect(code).toBe(0);
    for (const { address } of servers)
      expect(stdout).toMatch(new RegExp(`^${address} +1,\\d{3} +3\\d\\.\\d % +1,\\d{3} +█{18,}▒{18,}$`, 'm'));
    expect(stdout).toMatch(
      /^4,096 slots, evenly 1,365 for each of 3 members; the furthest is off by \d\.\d %$/m,
    );
  });

  test('objects: counted by type over all members, the largest listed', async () => {
    const census = json(await skein('objects', ...at(servers[0]), '-n', '3', '--json')) as Census;
    expect(census.types.map(({ type, objects }) => [type, objects])).toEqual([
      ['counter', 30],
      ['bytes', 1],
    ]);
    expect(census.first).toHaveLength(3);
    expect(census.first[0]).toMatchObject({ type: 'bytes', key: 'large' });
    const { stdout } = await skein('objects', ...at(servers[1]), '--prefix', 'counter 1');
    expect(stdout).toMatch(/^counter +11 /m);
    expect(stdout).not.toContain('large');
  });

  test('objects --waiting: where operations wait', async () => {
    const token = await dso.lock('held').acquire();
    const other = await connect(servers[1]!.urls[0], { sessionTtlMs: 9000 });
    onTestFinished(() => other.close());
    const second = other.lock('held').acquire();
    const first = async (): Promise<unknown> => (await operator.census({ by: 'waiting', limit: 1 })).first;
    await expect.poll(first).toMatchObject([{ key: 'held', waiting: 1 }]);
    const { stdout } = await skein('objects', ...at(servers[0]), '--waiting', '-n', '1');
    expect(stdout).toMatch(/ 1 +lock +held$/m);
    await dso.lock('held').release(token);
    await other.lock('held').release(await second);
  });

  test('stats: a column for each member', async () => {
    const all = json(await skein('stats', ...at(servers[0]), '--json')) as Answered<NodeStats>[];
    expect(all.map(({ member }) => member).sort()).toEqual(servers.map(({ address }) => address).sort());
    expect(all.reduce((sum, { answer }) => sum + answer!.slots, 0)).toBe(SLOTS);
    for (const { answer } of all) expect(answer).toMatchObject({ transfers: 0, transfersWaiting: 0 });
    const { stdout } = await skein('stats', ...at(servers[0]));
    for (const { address } of servers) expect(stdout.split('\n')[0]).toContain(address);
    for (const line of ['slots', 'sessions', 'replication lag', 'transfers'])
      expect(stdout).toMatch(new RegExp(`^${line}( +[\\d,]+){3}$`, 'm'));
  });

  test('drain: it waits until the member holds nothing, and loses nothing; --cancel brings its share back', async () => {
    const member = servers[1]!.address;
    // Nothing is handed over in no time: what is left is said, and goes on.
    const late = await skein('drain', member, ...at(servers[0]), '--timeout', '0s');
    expect(late).toMatchObject({ code: 1, stdout: '' });
    expect(late.stderr).toMatch(
      new RegExp(
        `^skein: ${member} still holds [\\d,]+ slots as primary and [\\d,]+ slots as backup after 0.0 ms`,
      ),
    );
    const ended = await skein('drain', member, ...at(servers[0]));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(
      new RegExp(`^${member} holds nothing any more, after .*: it can be ended\n$`),
    );
    await allSettled(2);
    expect((await skein('members', ...at(servers[2]))).stdout).toMatch(
      new RegExp(`^${member} .* 0 +0 +in memory +drained$`, 'm'),
    );
    const tallies = Array.from({ length: 30 }, (_, i) => dso.counter(`counter ${i}`).tally());
    expect(await Promise.all(tallies)).toEqual(Array.from({ length: 30 }, (_, i) => i));

    expect(await skein('drain', member, ...at(servers[0]), '--cancel')).toMatchObject({
      code: 0,
      stdout: `${member} stays, and gets its share again\n`,
    });
    const share = async (): Promise<MemberShare | undefined> =>
      (await operator.members()).find(({ address }) => address === member);
    await expect.poll(share, { timeout: 60_000, interval: 100 }).toMatchObject({ isDraining: false });
    await expect
      .poll(async () => (await share())?.primary, { timeout: 60_000, interval: 100 })
      .toBeGreaterThan(0);
  }, 200_000);

  test('what is no member is refused with what was probably meant', async () => {
    const { address } = servers[0]!;
    const { code, stderr } = await skein('drain', address.replace('127', '128'), ...at(servers[0]));
    expect(code).toBe(2);
    expect(stderr).toContain(`(did you mean ${address}?): the members are `);
  });
});

test('a server that asks for a token gets it from a file; without it, the command says what is missing', async () => {
  const tokenFile = join(folder(), 'token');
  writeFileSync(tokenFile, 'open sesame');
  await using server = await startServer({ listen: '127.0.0.1:0', authTokenFile: tokenFile });
  const members = json(
    await skein('members', '-a', server.urls[0]!, '--token-file', tokenFile, '--json'),
  ) as MemberShare[];
  expect(members).toMatchObject([{ address: server.address, primary: SLOTS, backup: 0 }]);
  const refused = await skein('members', '-a', server.address);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^skein: .*token.*\n$/);
  expect(refused.stderr).not.toContain('sesame');
});

test('a member that does not answer is named, after what the others have answered; the code is 1', async () => {
  const dead = `127.0.0.1:${await freePort()}`;
  const listen = `127.0.0.1:${await freePort()}`;
  await using server = await startServer({ listen, membership: `static:${listen},${dead}` });
  const { code, stdout, stderr } = await skein('stats', '-a', server.address, '--json');
  expect(code).toBe(1);
  expect(stderr).toMatch(new RegExp(`^skein: 1 member cannot be reached\n {2}${dead}: .*ECONNREFUSED.*\n$`));
  const all = JSON.parse(stdout) as Answered<NodeStats>[];
  expect(all.find(({ member }) => member === listen)?.answer).toMatchObject({ address: listen });
  const members = await skein('members', '-a', listen);
  expect(members).toMatchObject({ code: 0, stderr: '' });
  expect(members.stdout).toMatch(new RegExp(`^${dead} +[12],\\d{3} +0 +does not answer$`, 'm'));
  expect(members.stdout).toMatch(new RegExp(`^${listen} .* 0 +in memory$`, 'm'));
});

test('members and stats say what is on disk, under which policy, and what the end of the machine may lose', async () => {
  const options = { listen: '127.0.0.1:0', data: folder(), snapshotAfterBytes: 1 } as const;
  await using server = await startServer({ ...options, fsync: 'interval:3600000' });
  await using dso = await connect(server.urls[0]);
  const operator = new Operator(dso);
  const hasSnapshot = async (): Promise<boolean> => {
    // Whatever is logged leads to one that is due.
    await dso.counter('c').increment();
    return (await operator.stats())[0]?.answer?.durability?.snapshotAt !== undefined;
  };
  await expect.poll(hasSnapshot, { timeout: 30_000 }).toBe(true);
  await dso.counter('c').increment();
  const [one] = json(await skein('stats', '-a', server.address, '--json')) as Answered<NodeStats>[];
  const { fsync, logBytes, unsyncedBytes, syncedAt, snapshotBytes, isFull } = one!.answer!.durability!;
  expect({ fsync, isFull }).toEqual({ fsync: 'interval:3600000', isFull: false });
  expect(unsyncedBytes).toBeGreaterThan(0);
  expect(logBytes).toBeGreaterThan(unsyncedBytes);
  expect(snapshotBytes).toBeGreaterThan(0);
  // When the segment was begun: nothing has been synced since.
  expect(Date.now() - syncedAt).toBeLessThan(60_000);
  const { stdout } = await skein('stats', '-a', server.address);
  for (const line of [
    'fsync +interval:3600000',
    'log not synced +\\d.*B',
    'snapshot taken +just now',
    'disk +has room',
  ])
    expect(stdout).toMatch(new RegExp(`^${line}$`, 'm'));
  const members = await skein('members', '-a', server.address);
  expect(members.stdout).toMatch(
    new RegExp(`^${server.address} .* 4,096 +0 +on disk, fsync interval:3600000$`, 'm'),
  );
});

test('the only one cannot be drained, which is said at once', async () => {
  await using server = await startServer({ listen: '127.0.0.1:0' });
  const { code, stderr } = await skein('drain', server.address, '-a', server.address);
  expect(code).toBe(1);
  expect(stderr).toBe(
    `skein: ${server.address} cannot be drained: it has its objects for good: only members of --membership etcd: hand theirs over\n`,
  );
});

test.each([
  [['-a', '127.0.0.1:1'], 1, /^skein: .*127\.0\.0\.1:1.*ECONNREFUSED.*\n$/],
  [
    ['-a', 'dso://127.0.0.1:1,127.0.0.1:2'],
    1,
    /^skein: no member of dso.* can be reached\n {2}.*:1.*\n {2}.*:2.*\n$/,
  ],
  [['-a', 'no/address'], 1, /^skein: "dso:\/\/no\/address" is no address of shared objects: .*\n$/],
  [['-a', 'embedded:'], 2, /^skein: embedded objects are within the program/],
])('members %j is told in a line', async (args, code, message) => {
  const ended = await skein('members', ...args);
  expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
});
