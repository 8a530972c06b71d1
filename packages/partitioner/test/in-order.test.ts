import { expect, test } from 'vitest';
import { concatInOrder, inLists, mapInOrder } from '../src/in-order.ts';
import { all, failureOf } from './support/all.ts';

async function* counting(upTo: number, closed: { value?: boolean } = {}): AsyncGenerator<number> {
  try {
    for (let i = 0; i < upTo; i++) yield i;
  } finally {
    closed.value = true;
  }
}

/** A task that ends when it is told to. */
function gates(count: number): { readonly open: (() => void)[]; readonly through: Promise<void>[] } {
  const open: (() => void)[] = [];
  const through = Array.from({ length: count }, () => new Promise<void>((resolve) => open.push(resolve)));
  return { open, through };
}

test('mapInOrder makes several at a time, no more than so many, and gives them in order', async () => {
  const { open, through } = gates(6);
  let started = 0;
  const act = async (i: number): Promise<number> => {
    started++;
    await through[i];
    return i * 10;
  };
  const results = mapInOrder(counting(6), act, 3);
  const first = results.next();
  open[2]!();
  open[1]!();
  await expect.poll(() => started).toBe(3);
  open[0]!();
  expect(await first).toEqual({ done: false, value: 0 });
  for (const one of open) one();
  expect(await all(results)).toEqual([10, 20, 30, 40, 50]);
});

test('mapInOrder tells a failure when its turn comes, and closes what it reads', async () => {
  const closed: { value?: boolean } = {};
  const act = async (i: number): Promise<number> => {
    if (i === 2) throw new Error('two');
    return i;
  };
  const seen: number[] = [];
  const failure = await failureOf(async () => {
    for await (const one of mapInOrder(counting(100, closed), act, 8)) seen.push(one);
  });
  expect(failure).toMatchObject({ message: 'two' });
  expect(seen).toEqual([0, 1]);
  expect(closed.value).toBe(true);
});

test('concatInOrder opens a few ahead, and closes them all when nobody wants more', async () => {
  const closed = Array.from({ length: 10 }, (): { value?: boolean } => ({}));
  let opened = 0;
  async function* sources(): AsyncGenerator<AsyncIterable<number>> {
    for (const one of closed) {
      opened++;
      yield counting(3, one);
    }
  }
  let cancelled = 0;
  for await (const one of concatInOrder(sources(), 4, () => cancelled++)) if (one === 2) break;
  expect(opened).toBeLessThanOrEqual(5);
  expect(closed.slice(0, 4).map(({ value }) => value)).toEqual([true, true, true, true]);
  expect(cancelled).toBe(1);
});

test('inLists gives what has come, in order, never more than so many, and waits for nothing else', async () => {
  const { open, through } = gates(1);
  async function* slow(): AsyncGenerator<number> {
    yield* [1, 2, 3, 4, 5];
    await through[0];
    yield 6;
  }
  const lists = inLists(slow(), 4);
  const first = (await lists.next()).value!;
  const second = (await lists.next()).value!;
  expect([...first, ...second]).toEqual([1, 2, 3, 4, 5]);
  expect(first.length).toBeLessThanOrEqual(4);
  open[0]!();
  expect(await all(lists)).toEqual([[6]]);
});

test('inLists tells a failure after what came before it, and closes what it reads', async () => {
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error('broken');
  }
  const seen: (readonly number[])[] = [];
  const failure = await failureOf(async () => {
    for await (const list of inLists(failing(), 4)) seen.push(list);
  });
  expect(seen).toEqual([[1]]);
  expect(failure).toMatchObject({ message: 'broken' });
  const closed: { value?: boolean } = {};
  for await (const _list of inLists(counting(100, closed), 4)) break;
  expect(closed.value).toBe(true);
});
