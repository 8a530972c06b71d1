/** The tier in Redis keeps the contract of tiers; what is its own. */
import { expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import { entryOf, tierConformance } from './support/conformance.ts';
import { anyNamespace, clientOf, damage, openAt } from './support/redis.ts';

const server = serverForTests(findRedis, startRedis);

tierConformance('redis', () => ({
  open: openAt(server().port),
  hearsWithinMs: 0,
  damage: (namespace, key, how) => damage(server().port, namespace, key, how),
}));

test('large entries lie in chunks, and nothing of one that was replaced, deleted or cleared stays', async () => {
  const namespace = anyNamespace();
  const tier = openAt(server().port)({ namespace, heard: () => {} });
  const keysThere = async (): Promise<string[]> =>
    (await clientOf(server().port).keys(`*${namespace}*`)).filter((key) => /:[ebl]:/.test(key));
  const body = Buffer.alloc(3_500_000, 'skein');
  for (let i = 0; i < 2; i++) {
    await tier.write('key', { ...entryOf(''), body: [body.subarray(0, 7), body.subarray(7)] });
    const { entry } = await tier.read('key', []);
    expect(Buffer.compare(entry!.body[0]!, body)).toBe(0);
    expect(await keysThere()).toHaveLength(2);
  }
  await tier.delete('key');
  expect(await keysThere()).toEqual([]);
  const { mark } = await tier.read('key', []);
  await tier.invalidate('red');
  expect(await tier.write('key', { ...entryOf('', { tags: ['red'] }), body: [body] }, mark)).toBe(
    'invalidated',
  );
  await expect.poll(keysThere, { interval: 5, timeout: 10_000 }).toEqual([]);
  await tier.write('key', { ...entryOf(''), body: [body] });
  await tier.clear();
  expect(await keysThere()).toEqual([]);
  await tier.close();
});

test('R1: what Redis has evicted of an entry, or of the history, leaves nothing that is served', async () => {
  const namespace = anyNamespace();
  const redis = clientOf(server().port);
  const tier = openAt(server().port)({ namespace, heard: () => {} });
  const space = `skein-cache:{${namespace}}`;
  const found = async (): Promise<boolean> => (await tier.read('key', [])).entry !== undefined;
  const keep = (): Promise<unknown> => tier.write('key', entryOf('x'.repeat(100_000), { tags: ['red'] }));
  for (const gone of [space, `${space}:tags`, `${space}:b:*`]) {
    await keep();
    expect(await found()).toBe(true);
    await tier.invalidate('other');
    await redis.del(await redis.keys(gone.replaceAll(/[{}]/g, '?')));
    expect(await found()).toBe(false);
  }
  // The history of keys is for loads under way: what is at rest stays.
  await keep();
  const { mark } = await tier.read('key', []);
  await tier.delete('key');
  await redis.del(`${space}:keys`);
  expect(await tier.write('key', entryOf('old'), mark)).toBe('invalidated');
  await tier.clear();
  await tier.close();
});

test('a lease is renewed while its holder lives, and the fence keeps out who has lost it', async () => {
  const namespace = anyNamespace();
  const [one, other] = [0, 1].map(() => openAt(server().port)({ namespace, heard: () => {} })) as [
    ReturnType<ReturnType<typeof openAt>>,
    ReturnType<ReturnType<typeof openAt>>,
  ];
  const redis = clientOf(server().port);
  const at = `skein-cache:{${namespace}}:l:"key"`;
  const { mark } = await one.read('key', []);
  const lost = await one.lease('key', 300);
  const first = await redis.pttl(at);
  // Its time has grown again: it was renewed.
  await expect
    .poll(async () => (await redis.pttl(at)) < first - 50, { interval: 5, timeout: 10_000 })
    .toBe(true);
  await expect
    .poll(async () => (await redis.pttl(at)) > first - 30, { interval: 5, timeout: 10_000 })
    .toBe(true);
  expect(await other.lease('key', 300)).toBeUndefined();
  await redis.del(at); // as if it had been silent for too long
  const taken = await other.lease('key', 5_000);
  expect(taken).toBeDefined();
  expect(await other.write('key', entryOf('of who has it'), mark)).toBe('kept');
  expect(await one.write('key', entryOf('of who has lost it'), mark)).toBe('invalidated');
  await lost!.release(); // is no longer its to give up
  expect(await one.lease('key', 300)).toBeUndefined();
  const told = one.leaseFree!('key', 20_000);
  await taken!.release();
  await told;
  await one.clear();
  await Promise.all([one.close(), other.close()]);
});
