import { decode, encode } from '@skein/codec';
import { connect } from '@skein/dso';
import { expect, test } from 'vitest';
import type { AtomicCounter } from '../../src/handles/atomic-counter.ts';
import { startNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

test('a handle that has travelled here outlives whoever connects here to the same place, and closes', async () => {
  const node = await startNode();
  await using maker = await separate(node.url);
  const travelled = decode<AtomicCounter>(encode(maker.counter('hits')).toBytes());
  expect(await travelled.increment()).toBe(1);
  const dso = await connect(node.url);
  const token = await dso.lock('till').acquire();
  await dso.close();
  expect(await travelled.increment()).toBe(2);
  // What was held by who has closed is free.
  expect(await maker.lock('till').acquire({ timeoutMs: 5000 })).toBe(token + 1);
  await travelled.place.cluster.close();
});
