import { describe, expect, test } from 'vitest';
import { CyclicBarrier } from '../../src/handles/cyclic-barrier.ts';
import { barrier } from '../../src/objects/barrier.ts';
import { LocalServer } from './local.ts';

function setUp(parties: number) {
  const server = new LocalServer([barrier]);
  const client = server.client('a');
  const handle = (): CyclicBarrier => new CyclicBarrier(client.place('barrier', 'x', [parties]));
  return { server, client, one: handle(), handle };
}

test('parties meet, and each learns when it came', async () => {
  const { one } = setUp(3);
  expect(await one.parties()).toBe(3);
  const first = one.wait();
  const second = one.wait();
  expect(await one.waiting()).toBe(2);
  expect(await Promise.all([first, second, one.wait()])).toEqual([0, 1, 2]);
  expect(await one.generation()).toBe(1);
});

test('it breaks, says so, and is mended', async () => {
  const { server, one } = setUp(3);
  const waits = one.wait();
  const late = one.wait({ timeoutMs: 10 });
  server.clock.pass(10);
  await expect(late).rejects.toMatchObject({ code: 'timeout', name: 'TimeoutError' });
  await expect(waits).rejects.toMatchObject({ code: 'broken-barrier', name: 'BrokenBarrierError' });
  expect(await one.isBroken()).toBe(true);
  await expect(one.wait()).rejects.toThrow(/timed out/);
  expect(await one.reset()).toBe(1);
  expect(await one.isBroken()).toBe(false);
  await one.abort();
  expect(await one.isBroken()).toBe(true);
});

test('a rank that comes again is the same party', async () => {
  const { one } = setUp(2);
  const first = one.wait({ rank: 1, round: 0 });
  const again = one.wait({ rank: 1, round: 0 });
  expect(await one.wait({ rank: 0 })).toBe(1);
  expect(await Promise.all([first, again])).toEqual([0, 0]);
  expect(await one.wait({ rank: 1, round: 0 })).toBe(0);
  await expect(one.wait({ rank: -1 })).rejects.toThrow(/rank must be a whole number/);
  await expect(one.wait({ rank: 2 })).rejects.toThrow(/0 to 1/);
});

describe('an action', () => {
  test('runs once, before anybody passes', async () => {
    const { one } = setUp(3);
    const order: string[] = [];
    const action = async (): Promise<void> => {
      order.push('begins');
      await Promise.resolve();
      order.push('ends');
    };
    const passes = (index: number): void => {
      order.push(`${index} passes`);
    };
    await Promise.all([0, 1, 2].map(() => one.wait({ action }).then(passes)));
    expect(order.slice(0, 2)).toEqual(['begins', 'ends']);
    expect(order.slice(2).toSorted()).toEqual(['0 passes', '1 passes', '2 passes']);
  });

  test('that throws breaks it for the others, and throws where it ran', async () => {
    const { one } = setUp(2);
    const waits = one.wait();
    const acts = one.wait({
      action: () => {
        throw new RangeError('disk full');
      },
    });
    await expect(acts).rejects.toThrow(new RangeError('disk full'));
    await expect(waits).rejects.toThrow(/the action failed: disk full/);
  });

  test('that takes too long breaks it', async () => {
    const { server, one } = setUp(2);
    const waits = one.wait();
    let end: () => void = () => {};
    const acts = one.wait({
      timeoutMs: 100,
      action: () =>
        new Promise<void>((resume) => {
          end = resume;
        }),
    });
    acts.catch(() => {});
    for (let i = 0; i < 10; i++) await Promise.resolve();
    server.clock.pass(100);
    await expect(waits).rejects.toThrow(/the action timed out/);
    end();
    await expect(acts).rejects.toMatchObject({ code: 'broken-barrier' });
  });

  test('has to be a function', async () => {
    const { one } = setUp(2);
    await expect(one.wait({ action: 5 as never })).rejects.toThrow(/the action must be a function/);
  });
});
