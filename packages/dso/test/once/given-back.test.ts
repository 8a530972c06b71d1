/** What was granted to a caller who had been told that nobody knows does not stay with it: nobody would give it back. */
import { describe, expect, test } from 'vitest';
import { OutcomeUnknownError } from '../../src/errors.ts';
import { startNode } from '../support/processes.ts';
import { startProxy } from '../support/proxy.ts';
import { separate } from '../support/separate.ts';

/** A client whose answers come too late, once that is said, until it is said that they do not any more. */
async function startLate() {
  const node = await startNode();
  const proxy = await startProxy(node.url);
  const dso = await separate(proxy.url, { sessionTtlMs: 60_000 });
  const other = await separate(node.url);
  return {
    dso,
    other,
    answersLate: (late: boolean) => proxy.delay(late ? 20_000 : 0),
    async [Symbol.asyncDispose]() {
      await Promise.all([dso.close(), other.close()]);
    },
  };
}

describe('is given back', () => {
  test('of a lock', async () => {
    await using late = await startLate();
    const { dso, other } = late;
    const token = await other.lock('till').acquire();
    const waits = dso.lock('till').acquire({ timeoutMs: 1000 });
    // On the same connection: when this is answered, the lock has been asked for.
    await dso.counter('asked').tally();
    late.answersLate(true);
    await other.lock('till').release(token);
    await expect(waits).rejects.toThrow(OutcomeUnknownError);
    late.answersLate(false);
    // It was granted: the token is the one after that.
    expect(await other.lock('till').acquire({ timeoutMs: 15_000 })).toBe(token + 2);
  }, 30_000);

  test('of a semaphore', async () => {
    await using late = await startLate();
    const { dso, other } = late;
    const seats = other.semaphore('seats', { permits: 3 });
    await seats.acquire(3);
    const waits = dso.semaphore('seats').acquire(2, { timeoutMs: 1000 });
    await dso.counter('asked').tally();
    late.answersLate(true);
    await seats.release(2);
    await expect(waits).rejects.toThrow(OutcomeUnknownError);
    late.answersLate(false);
    await seats.acquire(2, { timeoutMs: 15_000 });
    expect(await seats.available()).toBe(0);
  }, 30_000);

  test('of a lock that was held twice by who waited for a condition', async () => {
    await using late = await startLate();
    const { dso, other } = late;
    const lock = dso.lock('till');
    await lock.acquire({ holder: 'me' });
    const token = await lock.acquire({ holder: 'me' });
    const waits = lock.condition('full').wait({ timeoutMs: 1000 });
    const theirs = await other.lock('till').acquire();
    expect(theirs).toBe(token + 1);
    await other.lock('till').condition('full').notify();
    late.answersLate(true);
    await other.lock('till').release(theirs);
    await expect(waits).rejects.toThrow(OutcomeUnknownError);
    late.answersLate(false);
    expect(await other.lock('till').acquire({ timeoutMs: 15_000 })).toBe(theirs + 2);
  }, 30_000);

  test('of a queue with redelivery, which has the item again where it was', async () => {
    await using late = await startLate();
    const { dso, other } = late;
    const jobs = other.queue<string>('jobs', { redeliver: true });
    const theirs = dso.queue<string>('jobs', { redeliver: true });
    const waits = theirs.take({ timeoutMs: 1000 });
    await dso.counter('asked').tally();
    late.answersLate(true);
    await jobs.putAll(['first', 'second']);
    await expect(waits).rejects.toThrow(OutcomeUnknownError);
    const joins = jobs.join({ timeoutMs: 15_000 });
    expect(await jobs.take()).toBe('second');
    const again = jobs.take({ timeoutMs: 15_000 });
    late.answersLate(false);
    expect(await again).toBe('first');
    expect(await jobs.taskDone(2)).toBe(0);
    await joins;
  }, 30_000);
});
