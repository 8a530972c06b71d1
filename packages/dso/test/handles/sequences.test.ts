import { describe, expect, test } from 'vitest';
import { SharedList } from '../../src/handles/shared-list.ts';
import { SharedMatrix } from '../../src/handles/shared-matrix.ts';
import { SharedQueue } from '../../src/handles/shared-queue.ts';
import { list } from '../../src/objects/list.ts';
import { matrix } from '../../src/objects/matrix.ts';
import { queue } from '../../src/objects/queue.ts';
import { all, LocalCluster } from './local-cluster.ts';

describe('the handle of a list', () => {
  const open = <T>() => {
    const cluster = new LocalCluster(list);
    return { cluster, shared: new SharedList<T>(cluster.place('list')) };
  };

  test('has the methods of an array, which answer later', async () => {
    const { shared } = open<unknown>();
    expect(await shared.push('a', { b: 1 }, 'c')).toBe(3);
    expect(await shared.append(new Set(['d', 'e']))).toBe(5);
    expect([await shared.get(1), await shared.get(-1), await shared.get(9)]).toEqual([
      { b: 1 },
      'e',
      undefined,
    ]);
    await shared.set(-1, 'E');
    await expect(shared.set(9, 1)).rejects.toThrow(/there is no item 9 in a list of 5/);
    expect(await shared.insert(1, 'between')).toBe(6);
    expect(await shared.slice()).toEqual(['a', 'between', { b: 1 }, 'c', 'd', 'E']);
    expect(await shared.slice(-2)).toEqual(['d', 'E']);
    expect(await shared.slice(1, 3)).toEqual(['between', { b: 1 }]);
    expect([await shared.indexOf({ b: 1 }), await shared.indexOf('a', 1)]).toEqual([2, -1]);
    expect([await shared.includes('E'), await shared.includes('e')]).toEqual([true, false]);
    expect([await shared.removeAt(1), await shared.removeAt(9)]).toEqual(['between', undefined]);
    expect([await shared.remove({ b: 1 }), await shared.remove('none')]).toEqual([true, false]);
    expect([await shared.shift(), await shared.pop(), await shared.length()]).toEqual(['a', 'E', 2]);
    await shared.clear();
    expect([await shared.pop(), await shared.length()]).toEqual([undefined, 0]);
  });

  test('is read page by page', async () => {
    const { cluster, shared } = open<number>();
    const items = Array.from({ length: 25 }, (_, i) => i);
    await shared.append(items);
    cluster.calls.length = 0;
    expect(await all(shared.values({ pageSize: 10 }))).toEqual(items);
    expect(cluster.calls.map(({ args }) => args)).toEqual([
      [0, 10],
      [10, 20],
      [20, 30],
    ]);
    expect(await all(shared)).toEqual(items);
  });

  test('gives a slice of many mebibytes', async () => {
    const { cluster, shared } = open<string>();
    const items = Array.from({ length: 9 }, (_, i) => String(i).repeat(300_000));
    await shared.append(items);
    cluster.calls.length = 0;
    const slice = await shared.slice(-8);
    expect(slice.map((item) => item[0])).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(cluster.calls.length).toBe(2);
    expect((await all(shared)).map((item) => item.length)).toEqual(new Array(9).fill(300_000));
  });

  test('refuses before anything is sent', async () => {
    const { cluster, shared } = open<unknown>();
    await expect(shared.get(0.5)).rejects.toThrow(/the index must be a whole number, not 0.5/);
    await expect(shared.slice(0, '2' as never)).rejects.toThrow(
      /the end of a slice must be a whole number, not "2"/,
    );
    await expect(shared.append(5 as never)).rejects.toThrow(
      /the items must be an array or another iterable, not 5/,
    );
    await expect(shared.push(1, () => {})).rejects.toThrow(/cannot ship/);
    expect(cluster.calls).toEqual([]);
  });
});

describe('the handle of a queue', () => {
  test('waits to put and to take', async () => {
    const cluster = new LocalCluster(queue);
    const shared = new SharedQueue<unknown>(cluster.place('queue', [1]));
    await shared.put({ a: 1 });
    const second = shared.put('second');
    expect(await shared.offer('third')).toBe(false);
    expect([await shared.size(), await shared.peek()]).toEqual([1, { a: 1 }]);
    expect([await shared.take(), await second, await shared.poll()]).toEqual([{ a: 1 }, undefined, 'second']);
    expect([await shared.poll(), await shared.peek(), await shared.drain()]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    const taken = shared.take();
    await shared.put('handed');
    expect(await taken).toBe('handed');
    await shared.offer(5);
    expect(await shared.drain(10)).toEqual([5]);
    await shared.offer(6);
    await shared.clear();
    expect(await shared.size()).toBe(0);
    expect(cluster.calls.filter(({ kind }) => kind === 'wait')).toHaveLength(5);
    const late = shared.take({ timeoutMs: 20 });
    cluster.member.clock.pass(20);
    await expect(late).rejects.toThrow(/queue "it".take was not possible in time/);
    await expect(shared.drain(0)).rejects.toThrow(
      /how many to take must be a whole number, 1 or more, not 0/,
    );
  });
});

describe('the handle of a queue with tasks', () => {
  test('says what is done, and waits for all of it', async () => {
    const shared = new SharedQueue<number>(new LocalCluster(queue).place('queue'));
    await shared.putAll(new Set([1, 2, 3]));
    expect(await shared.unfinished()).toBe(3);
    const joins = shared.join();
    expect(await shared.take()).toBe(1);
    expect([await shared.taskDone(), await shared.taskDone(2), await joins]).toEqual([2, 0, undefined]);
    await expect(shared.taskDone()).rejects.toMatchObject({ code: 'too-many-done' });
    await expect(shared.taskDone(0)).rejects.toThrow(/how many are done must be a whole number, 1 or more/);
    await expect(shared.putAll('text' as never)).rejects.toThrow(/the items must be an array or another/);
  });

  test('takes with redelivery in a way that says that its process has to live', async () => {
    const cluster = new LocalCluster(queue);
    const shared = new SharedQueue<number>(cluster.place('queue', [undefined, true]));
    await shared.putAll([1, 2, 3]);
    cluster.calls.length = 0;
    expect([await shared.take(), await shared.poll(), await shared.drain()]).toEqual([1, 2, [3]]);
    expect(cluster.calls.map(({ kind }) => kind)).toEqual(['wait', 'take', 'take']);
    expect(await shared.taskDone(3)).toBe(0);
  });
});

describe('the handle of a matrix', () => {
  const open = () => {
    const cluster = new LocalCluster(matrix);
    return { cluster, shared: new SharedMatrix(cluster.place('matrix', [2, 3])) };
  };

  test('has its elements by rows and columns', async () => {
    const { cluster, shared } = open();
    expect(await shared.shape()).toEqual([2, 3]);
    await shared.setAll([[1, 2, 3], Float32Array.of(4, 5, 6)]);
    expect(await shared.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    await shared.set(0, 0, 10);
    expect([await shared.get(0, 0), await shared.add(1, 2, 0.5)]).toEqual([10, 6.5]);
    await shared.setRow(1, [7, 8, 9]);
    await shared.setColumn(1, Float64Array.of(-1, -2));
    expect(await shared.row(1)).toEqual(Float64Array.of(7, -2, 9));
    expect(await shared.column(2)).toEqual(Float64Array.of(3, 9));
    const computed = shared.compute(0, 2, (there: number, by: number) => there + by, [1]);
    await cluster.finish([4]);
    expect(await computed).toBe(4);
    expect(await shared.toFloat64Array()).toEqual(Float64Array.of(10, -1, 4, 7, -2, 9));
    const seen: number[][] = [];
    await shared.forEach((value, i, j) => {
      seen.push([value, i, j]);
    });
    expect(seen[3]).toEqual([7, 1, 0]);
    expect(seen).toHaveLength(6);
    await shared.fill(0);
    const given = Float64Array.of(1, 2, 3, 4, 5, 6);
    const set = shared.setAll(given);
    given.fill(0);
    await set;
    expect(await shared.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test('refuses before anything is sent; its shape is checked where it is known', async () => {
    const { cluster, shared } = open();
    const wrong: [() => Promise<unknown>, RegExp][] = [
      [() => shared.get(-1, 0), /the row must be a whole number, 0 or more, not -1/],
      [() => shared.set(0, 0.5, 1), /the column must be a whole number/],
      [() => shared.set(0, 0, '1' as never), /the element must be a number, not "1"/],
      [() => shared.setRow(0, [1, '2' as never]), /the row\[1\] must be a number, not "2"/],
      [() => shared.setColumn(0, 5 as never), /the column must be numbers in an array, not 5/],
      [() => shared.setAll([[1, 2], [3]]), /row 1 must be as long as row 0, which has 2 numbers, not 1/],
      [() => shared.setAll(5 as never), /the elements must be an array of rows, or a Float64Array, not 5/],
      [() => shared.compute(0, 0, 5 as never), /what computes must be a function, not 5/],
      [() => shared.forEach(undefined as never), /what is called must be a function, not undefined/],
    ];
    for (const [call, message] of wrong) await expect(call()).rejects.toThrow(message);
    expect(cluster.calls).toEqual([]);
    await expect(
      shared.setAll([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    ).rejects.toThrow(/2 x 3 cannot take elements of 3 x 2/);
  });
});
