/** What a killed process has had is others' again: a permit, items that it has not done, its end of a channel. */
import { encode } from '@skein/codec';
import { EndOfChannelError } from '@skein/dso';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dso } from '../../src/dso.ts';
import { launchNode, runClient, type StartedNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

const HOLDERS = new URL('holders.ts', import.meta.url).href;
const SOON = { timeoutMs: 20_000 };

let node: StartedNode;
let dso: Dso;
let other: Dso;
beforeAll(async () => {
  node = await launchNode();
  dso = await separate(node.url);
  other = await separate(node.url);
});
beforeEach(() => dso.clear());
afterAll(async () => {
  await dso.close();
  await other.close();
  await node.kill();
});

describe('a permit of a semaphore with a bound', () => {
  test('is there again when the process that held it was killed', async () => {
    const holder = runClient(HOLDERS, 'holder', { url: node.url });
    await holder.next();
    const waits = dso.semaphore('mutex').acquire(1, SOON);
    await holder.kill();
    await waits;
  });

  test('is not there once more when another has released it before, and a third one holds it', async () => {
    const holder = runClient(HOLDERS, 'holder', { url: node.url });
    await holder.next();
    const [mutex, theirs] = [dso.semaphore('mutex'), other.semaphore('mutex')];
    await mutex.release();
    await theirs.acquire();
    await holder.kill();
    // Longer than the node waits for whoever has lost its connection.
    await expect(mutex.acquire(1, { timeoutMs: 4000 })).rejects.toMatchObject({ code: 'timeout' });
    await theirs.release();
    await expect(theirs.release()).rejects.toMatchObject({ code: 'released-too-often' });
  });
});

describe('items of a queue with redelivery', () => {
  test('that a killed process has taken and not done are taken by others, in their order', async () => {
    const jobs = dso.queue<number>('jobs', { redeliver: true });
    await jobs.putAll([1, 2, 3, 4]);
    const worker = runClient<number[]>(HOLDERS, 'worker', { url: node.url });
    expect(await worker.next()).toEqual([1, 2, 3]);
    expect(await jobs.take()).toBe(4);
    const joins = jobs.join(SOON);
    const waits = jobs.take(SOON);
    await worker.kill();
    expect([await waits, await jobs.drain()]).toEqual([2, [3]]);
    expect(await jobs.taskDone(3)).toBe(0);
    await joins;
  });
});

describe('an end of a channel', () => {
  const handleOf = (ticket: string): string =>
    Buffer.from(encode(dso.channel<string>('pipe').end(1).as(ticket)).toBytes()).toString('base64');

  test('is gone when the last of the processes to which it was lent was killed', async () => {
    const [mine, theirs] = dso.channel<string>('pipe').ends();
    await mine.open();
    await theirs.open();
    const talkers = [];
    for (const ticket of ['t1', 't2']) {
      await theirs.lend(ticket);
      talkers.push(runClient(HOLDERS, 'talker', { handle: handleOf(ticket), message: ticket }));
    }
    await theirs.close();
    const [first, second] = talkers;
    await Promise.all([first!.next(), second!.next()]);
    expect([await mine.receive(), await mine.receive()].sort()).toEqual(['t1', 't2']);
    const end = mine.receive(SOON);
    await first!.kill();
    // What the first has left does not end it.
    await expect(mine.receive({ timeoutMs: 4000 })).rejects.toMatchObject({ code: 'timeout' });
    await second!.kill();
    await expect(end).rejects.toThrow(EndOfChannelError);
    expect(await mine.poll()).toBe(true);
    await expect(mine.send('to nobody')).rejects.toMatchObject({ code: 'broken-channel' });
  });

  test('is not gone while a copy is on its way, and is when that is closed without use', async () => {
    const [mine, theirs] = dso.channel<string>('pipe').ends();
    await mine.open();
    await theirs.lend('unused');
    await theirs.lend('used');
    const talker = runClient(HOLDERS, 'talker', { handle: handleOf('used'), message: 'hi' });
    await talker.next();
    await talker.kill();
    expect(await mine.receive()).toBe('hi');
    expect(await mine.poll({ timeoutMs: 4000 })).toBe(false);
    await theirs.close('unused');
    await expect(mine.receive()).rejects.toThrow(EndOfChannelError);
  });
});
