/** Objects that live as long as their program, at a server that lives on. */
import { randomUUID } from 'node:crypto';
import { decode, encode } from '@skein/codec';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import '../../src/handles/register.ts';
import { connect } from '../../src/connect.ts';
import { Dso } from '../../src/dso.ts';
import { LeaseEndedError, ObjectDeletedError } from '../../src/errors.ts';
import { slotOf } from '../../src/ring/hash.ts';
import { Node } from '../../src/server/index.ts';
import { listen } from '../../src/server/listen.ts';
import { launchNode, runClient, type StartedNode } from '../support/processes.ts';
import { startProxy } from '../support/proxy.ts';
import { separate } from '../support/separate.ts';

const PROGRAMS = new URL('programs.ts', import.meta.url).href;

let node: StartedNode;
let dso: Dso;
beforeAll(async () => {
  node = await launchNode();
  dso = await separate(node.url);
});
beforeEach(() => dso.clear());
afterAll(async () => {
  await dso.close();
  await node.kill();
});

async function objects(of: Dso = dso): Promise<number> {
  return (await of.stats()).reduce((sum, each) => sum + each.objects, 0);
}

/** Resolves when the node ends a lease that nobody renews: it has been so long by its own clock. */
async function timeOfLease(ttlMs: number): Promise<void> {
  const silent = new Dso(dso.cluster, async () => {}, undefined, { id: randomUUID(), ttlMs });
  await expect(silent.latch(randomUUID(), { count: 1 }).wait()).rejects.toThrow(ObjectDeletedError);
}

/** As a worker would get it: by a connection of its own. */
function travelled<T extends object>(handle: T): T {
  return decode<T>(encode(handle).toBytes());
}

describe('what was leased, when it is closed', () => {
  test('is gone, of any type and of a class of the user; what was made without it stays', async () => {
    await dso.counter('stays').increment();
    const mine = dso.leased();
    await mine.counter('hits').increment();
    await mine.map('words').set('a', 1);
    await mine.lock('till').acquire();
    await mine.matrix('grid', { rows: 2, columns: 2 }).set(0, 0, 1);
    class Account {
      balance = 0;
      deposit(amount: number): number {
        this.balance += amount;
        return this.balance;
      }
    }
    expect(await mine.object('ada', Account).deposit(3)).toBe(3);
    const total = mine.allReduce<number>('total', { parties: 1, op: (a, b) => a + b });
    expect(await total.reduce(7)).toBe(7);
    expect((await dso.stats())[0]).toMatchObject({ objects: 7, leases: 1 });
    await mine.close();
    expect((await dso.stats())[0]).toMatchObject({ objects: 1, leases: 0 });
    expect(await dso.counter('stays').tally()).toBe(1);
  });

  test('has told those who wait, and refuses who comes later', async () => {
    const mine = dso.leased();
    const mail = mine.queue<string>('mail');
    const told = [
      expect(mail.take()).rejects.toThrow(ObjectDeletedError),
      expect(dso.queue<string>('mail').take()).rejects.toThrow(/its lease has ended/),
    ];
    expect(await mail.size()).toBe(0);
    await mine.close();
    await Promise.all(told);
    const late = mail.put('late');
    await expect(late).rejects.toThrow(LeaseEndedError);
    await expect(late).rejects.toMatchObject({ code: 'lease-ended', retryable: false });
    expect(() => mine.counter('hits')).toThrow(/were closed/);
    expect(await objects()).toBe(0);
  });

  test('comes after what was called before', async () => {
    const mine = dso.leased();
    const done = [1, 2, 3].map((by) => mine.counter('hits').increment(by));
    await mine.close();
    expect(await Promise.all(done)).toEqual([1, 3, 6]);
    expect(await objects()).toBe(0);
  });

  test('goes with what it was made of, and with `await using`', async () => {
    const outer = await separate(node.url);
    await outer.leased().counter('one').increment();
    const closed = outer.leased();
    await closed.counter('two').increment();
    await closed.close();
    expect(await objects()).toBe(1);
    await outer.close();
    expect(await objects()).toBe(0);
    {
      await using mine = dso.leased();
      await mine.counter('three').increment();
      expect(await objects()).toBe(1);
    }
    expect(await objects()).toBe(0);
  });

  test('is gone from an embedded node, which lives on', async () => {
    await using embedded = await connect('embedded:');
    const mine = embedded.leased();
    await mine.counter('hits').increment();
    await embedded.counter('stays').increment();
    expect((await embedded.stats())[0]).toMatchObject({ objects: 2, leases: 1 });
    await mine.close();
    expect((await embedded.stats())[0]).toMatchObject({ objects: 1, leases: 0 });
  });

  test('is closed in time although the server cannot be reached', async () => {
    const proxy = await startProxy(node.url);
    const outer = await separate(proxy.url);
    const mine = outer.leased();
    await mine.counter('hits').increment();
    proxy.refuse(true);
    proxy.cut();
    await mine.close();
    expect(await objects()).toBe(1);
    await outer.close();
  });
});

test.each([0, 99, 1.5, Number.NaN, 1e12])('a lease cannot live for %d ms', (ttlMs) => {
  expect(() => dso.leased({ ttlMs })).toThrow(/ttlMs must be a whole number of milliseconds from 100 to/);
});

describe('what a program has leased that does not close it', () => {
  test.each(['return', 'exit', 'throw'])('is gone at once when it ends by itself: %s', async (how) => {
    const program = runClient(PROGRAMS, 'maker', { url: node.url });
    await program.next();
    const mail = dso.queue<string>('mail');
    expect(await mail.take()).toBe('first');
    const told = expect(mail.take()).rejects.toThrow(ObjectDeletedError);
    // On the same connection: when this is answered, the one before waits.
    expect(await mail.size()).toBe(0);
    program.tell(how);
    await told;
    await program.done.catch(() => {});
    expect(await objects()).toBe(0);
  });

  test('is gone after its time when it is killed', async () => {
    const program = runClient(PROGRAMS, 'maker', { url: node.url, ttlMs: 4000 });
    await program.next();
    await program.kill();
    const mail = dso.queue<string>('mail');
    expect(await mail.take()).toBe('first');
    await expect(mail.take()).rejects.toThrow(ObjectDeletedError);
    expect((await dso.stats())[0]).toMatchObject({ objects: 0, leases: 0 });
  });
});

describe('what a living program has leased', () => {
  test('stays for longer than the time of the lease', async () => {
    await using mine = dso.leased({ ttlMs: 3000 });
    await mine.counter('hits').increment();
    await timeOfLease(4000);
    expect(await mine.counter('hits').increment()).toBe(2);
  });

  test('stays while it is cut off for less than that, and after', async () => {
    const proxy = await startProxy(node.url);
    const outer = await separate(proxy.url);
    const mine = outer.leased({ ttlMs: 4000 });
    await mine.queue<string>('mail').put('first');
    proxy.refuse(true);
    proxy.cut();
    await timeOfLease(500);
    proxy.refuse(false);
    await timeOfLease(5000);
    expect(await mine.queue<string>('mail').take()).toBe('first');
    await outer.close();
    expect(await objects()).toBe(0);
  });

  test('is gone when it is cut off for longer: it is told so, and makes nothing anew', async () => {
    const proxy = await startProxy(node.url);
    await using outer = await separate(proxy.url);
    const mine = outer.leased({ ttlMs: 500 });
    const mail = mine.queue<string>('mail');
    await mail.put('first');
    proxy.refuse(true);
    proxy.cut();
    await timeOfLease(1000);
    proxy.refuse(false);
    await expect(mail.put('second')).rejects.toThrow(LeaseEndedError);
    expect(await objects()).toBe(0);
  });
});

describe('a handle that has travelled', () => {
  test('makes the object under the lease; a worker is refused when its program has closed it', async () => {
    const mine = dso.leased();
    const handle = encode(mine.queue<string>('mail', { capacity: 5 })).toBytes();
    const worker = runClient<string>(PROGRAMS, 'worker', { handle: Buffer.from(handle).toString('base64') });
    expect(await worker.next()).toBe('done');
    expect((await dso.stats())[0]).toMatchObject({ objects: 1, leases: 1 });
    expect(await mine.queue<string>('mail', { capacity: 5 }).take()).toBe('from afar');
    await mine.close();
    expect(await objects()).toBe(0);
    worker.tell('once more');
    expect(await worker.next()).toBe('LeaseEndedError');
    await worker.done;
    expect(await objects()).toBe(0);
  });

  test('takes the lease along, as the whole of it does, and on to others', async () => {
    const mine = dso.leased();
    const there = travelled(mine);
    await there.counter('hits').increment();
    await travelled(travelled(there.queue<number>('mail'))).put(1);
    expect((await dso.stats())[0]).toMatchObject({ objects: 2, leases: 1 });
    // It is the maker's: to close it there means nothing.
    await there.close();
    expect(await mine.counter('hits').increment()).toBe(2);
    await mine.close();
    expect(await objects()).toBe(0);
    await there.cluster.close();
  });

  test('has room for it, with the longest key', () => {
    const handle = dso.leased({ ttlMs: 2_592_000_000 }).queue('k'.repeat(512), { capacity: 2 ** 40 });
    expect(travelled(handle).place.lease).toMatchObject({ ttlMs: 2_592_000_000 });
  });
});

test('a lease is kept, and ended, at members where only workers have been', async () => {
  const { nodes, url } = await startPair();
  await using outer = await separate(url);
  const mine = outer.leased({ ttlMs: 3000 });
  const [first = '', second = ''] = nodes.map(({ address, ring }) =>
    keyWhere((key) => ring.ownerOf(slotOf('counter', key)) === address),
  );
  await mine.counter(first).increment();
  const afar = travelled(mine);
  await afar.counter(second).increment();
  await timeOfLease(4000);
  expect(nodes.map(({ engine }) => engine.stats().objects)).toEqual([1, 1]);
  await mine.close();
  expect(nodes.map(({ engine }) => engine.stats().objects)).toEqual([0, 0]);
  await afar.cluster.close();
});

test('very many objects go without holding up others', async () => {
  await using outer = await separate(node.url);
  const mine = outer.leased();
  for (let i = 0; i < 40; i++)
    await Promise.all(Array.from({ length: 1000 }, (_, n) => mine.counter(`${i}/${n}`).increment()));
  expect(await objects()).toBe(40_000);
  let isClosed = false;
  const closes = mine.close().then(() => {
    isClosed = true;
  });
  const hits = dso.counter('hits');
  let answers = 0;
  for (; !isClosed; answers++) await hits.increment();
  await closes;
  // They go a thousand at a time.
  expect(answers).toBeGreaterThan(10);
  expect(await objects()).toBe(1);
}, 60_000);

function keyWhere(fits: (key: string) => boolean): string {
  for (let i = 0; ; i++) if (fits(`k${i}`)) return `k${i}`;
}

/** Two nodes in this process that share the objects. */
async function startPair(): Promise<{ readonly nodes: readonly Node[]; readonly url: string }> {
  const nodes: Node[] = [];
  const listening = await Promise.all(
    [0, 1].map((i) =>
      listen({ accept: (transport) => nodes[i]!.accept(transport) }, { host: '127.0.0.1', port: 0 }),
    ),
  );
  const members = listening.map(({ port }) => `127.0.0.1:${port}`);
  for (const address of members) nodes.push(new Node({ address, members }));
  onTestFinished(async () => {
    await Promise.all(nodes.map((one) => one.close()));
    for (const one of listening) one.destroy();
    await Promise.all(listening.map((one) => one.close()));
  });
  return { nodes, url: `dso://${members.join(',')}` };
}
