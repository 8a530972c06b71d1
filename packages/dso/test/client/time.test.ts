/** Deadlines: however long they are, and whatever somebody does to the machine's clock. */
import { connect } from '@skein/dso';
import { afterEach, expect, test, vi } from 'vitest';
import { TimeoutError } from '../../src/errors.ts';
import { startNode } from '../support/processes.ts';
import { startProxy } from '../support/proxy.ts';
import { separate } from '../support/separate.ts';

afterEach(() => void vi.restoreAllMocks());

test.each([2 ** 40, 2 ** 53, Number.MAX_SAFE_INTEGER, 1e300, Number.POSITIVE_INFINITY])(
  'a wait may take %d ms',
  async (timeoutMs) => {
    const node = await startNode();
    await using dso = await separate(node.url);
    const queue = dso.queue<string>('mail');
    const taken = queue.take({ timeoutMs });
    await queue.put('hello');
    expect(await taken).toBe('hello');
  },
);

test('a clock that is set an hour ahead ends nothing', async () => {
  const node = await startNode();
  const proxy = await startProxy(node.url);
  await using dso = await separate(proxy.url);
  const counter = dso.counter('hits');
  await counter.increment();
  // For longer than the server may take to say what has become of a call that is given up.
  proxy.delay(1500);
  const sent = counter.increment(1, { timeoutMs: 10_000 });
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
  expect(await sent).toBe(2);
});

test('each connect() has its own times, also where the connection is the same', async () => {
  const node = await startNode();
  await using patient = await connect(node.url);
  await using hasty = await connect(node.url, { waitTimeoutMs: 50 });
  const waits = patient.queue<string>('mail').take();
  await expect(hasty.queue<string>('other').take()).rejects.toThrow(TimeoutError);
  await hasty.queue<string>('mail').put('hello');
  expect(await waits).toBe('hello');
});

test('a session that may be silent for longer is another session', async () => {
  const node = await startNode();
  await using short = await connect(node.url, { sessionTtlMs: 1000 });
  await using long = await connect(node.url, { sessionTtlMs: 60_000 });
  expect(long.cluster).not.toBe(short.cluster);
  expect(long.cluster.options.sessionTtlMs).toBe(60_000);
});
