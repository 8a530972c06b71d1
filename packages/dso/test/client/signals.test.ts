import { expect, test } from 'vitest';
import { startNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

test('a signal that a thousand calls share ends them all, and is no leak', async () => {
  const warnings: Error[] = [];
  const heard = (warning: Error): void => void warnings.push(warning);
  process.on('warning', heard);
  const node = await startNode();
  await using dso = await separate(node.url);
  const ending = new AbortController();
  const { signal } = ending;
  const reason = new Error('enough');
  await Promise.all(Array.from({ length: 1000 }, () => dso.counter('hits').increment(1, { signal })));
  const waits = Array.from({ length: 1000 }, (_, i) => dso.queue<string>(`mail ${i}`).take({ signal }));
  const ended = Promise.allSettled(waits);
  await dso.counter('hits').tally();
  ending.abort(reason);
  for (const one of await ended) expect(one).toEqual({ status: 'rejected', reason });
  // Warnings come a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', heard);
  expect(warnings).toEqual([]);
});
