/** Text takes more bytes than it has characters, on its way to an object and back. */
import { expect, it } from 'vitest';
import { connect } from '../../src/index.ts';

it('arguments of text that is longer as bytes arrive', async () => {
  await using dso = await connect();
  const texts = Array.from({ length: 300 }, (_, i) => `${i}${'€'.repeat(990)}`);
  const list = dso.list<string>('wide');
  await list.push(...texts);
  const there: string[] = [];
  for await (const text of list) there.push(text);
  expect(there).toEqual(texts);
  const count = await dso.counter('still there').increment();
  expect(count).toBe(1);
});
