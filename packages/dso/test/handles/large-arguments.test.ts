/** What an object is made with may be larger than a frame: its first call finds it all the same. */
import { expect, it } from 'vitest';
import { connect } from '../../src/index.ts';

it('an object is made with arguments of any size', async () => {
  await using dso = await connect();
  const initial = new Uint8Array(1_000_000).fill(7);
  const bytes = dso.atomicByteArray('large', { initial });
  const small = dso.counter('small');
  const [got, count] = await Promise.all([bytes.get(), small.increment()]);
  expect(Buffer.compare(got, initial)).toBe(0);
  expect(count).toBe(1);
});
