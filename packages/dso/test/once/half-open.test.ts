/** A connection whose other end is gone without having said so is given up, not waited for ever. */
import { expect, test } from 'vitest';
import { OutcomeUnknownError } from '../../src/errors.ts';
import { startNode } from '../support/processes.ts';
import { startProxy } from '../support/proxy.ts';
import { separate } from '../support/separate.ts';

test('after one operation without an answer, those that wait go on by another connection', async () => {
  const node = await startNode();
  const proxy = await startProxy(node.url);
  await using dso = await separate(proxy.url, { sessionTtlMs: 60_000 });
  const counter = dso.counter('hits');
  await counter.increment();
  // What is there takes nothing any more; what is new works.
  proxy.freeze();
  const waits = dso.queue<string>('mail').take();
  await expect(counter.increment(1, { timeoutMs: 200 })).rejects.toThrow(OutcomeUnknownError);
  expect(await counter.increment(5, { timeoutMs: 10_000 })).toBeGreaterThanOrEqual(6);
  await using other = await separate(node.url);
  await other.queue<string>('mail').put('hello');
  expect(await waits).toBe('hello');
});
