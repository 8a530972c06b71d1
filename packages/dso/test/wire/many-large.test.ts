/** Large messages of one client, more than its node takes at a time. */
import { expect, it } from 'vitest';
import { startNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

const MIB = 2 ** 20;

it('they all arrive, and so do their answers', async () => {
  const node = await startNode({ limits: { maxMessageBytes: 2 * MIB } });
  await using dso = await separate(node.url);
  const values = Array.from({ length: 12 }, (_, i) => new Uint8Array(1.9 * MIB).fill(i));
  const objects = values.map((_, i) => dso.atomicByteArray(`large ${i}`));
  await Promise.all(objects.map((object, i) => object.set(values[i]!)));
  const got = await Promise.all(objects.map((object) => object.get()));
  expect(got.map((bytes) => [bytes.length, bytes[0]])).toEqual(values.map(({ length }, i) => [length, i]));
  // One connection carried all of it.
  expect((await dso.stats())[0]!.malformedMessages).toBe(0);
});
