import { capture } from '@skein/closure';
import { describe, expect, it } from 'vitest';
import { remote } from './support/remote.ts';

const factor = 3;
const triple = (x: number): number => x * factor;

describe('arguments', () => {
  it('name the functions that the worker has, and bring the code of others', () => {
    const captured = capture((f: (x: number) => number) => f(1) + triple(1));
    expect(captured.encodeArguments([triple]).codes).toHaveLength(0);
    expect(captured.encodeArguments([(x: number) => x - 1]).codes).toHaveLength(1);
    expect(captured.encodeArguments([1, 'a', { b: 2 }]).codes).toHaveLength(0);
  });

  it('of the same code have the same key, whatever the values', () => {
    const captured = capture((f: () => number) => f());
    const keys = [1, 2].map((n) => captured.encodeArguments([() => n]).codes[0]!.key);
    expect(keys[0]).toBe(keys[1]);
  });

  it('may be functions, which come back as they were', async () => {
    const add = (x: number): number => x + factor;
    expect(await remote((f: typeof add) => f(1), add)).toBe(4);
    expect(await remote((f: typeof add) => ({ f }), add)).toEqual({ f: add });
    expect(await remote((f: typeof add) => f === triple, triple)).toBe(true);
  });

  it('may be instances of classes that the function does not mention', async () => {
    class Job {
      readonly n: number;
      constructor(n: number) {
        this.n = n;
      }
      run(): number {
        return this.n * 2;
      }
    }
    const back = await remote((job: { run(): number }) => ({ job, n: job.run() }), new Job(4));
    expect(back.n).toBe(8);
    expect(back.job).toBeInstanceOf(Job);
  });
});

describe('results', () => {
  it('may hold captured functions, which are the caller’s own', async () => {
    expect(await remote(() => [triple])).toEqual([triple]);
  });

  it('with a function that was made in the worker are refused, with the path', async () => {
    await expect(remote(() => ({ made: () => 1 }))).rejects.toThrow(/result → \.made.*function made/s);
  });

  it('that look like the library’s own tokens are data', async () => {
    expect(await remote(() => ['known', 0])).toEqual(['known', 0]);
  });

  it('throw as the user threw', async () => {
    class OrderError extends Error {
      readonly order: number;
      constructor(message: string, order: number) {
        super(message);
        this.order = order;
      }
    }
    const failing = remote((order: number) => {
      throw new OrderError('late', order);
    }, 7);
    await expect(failing).rejects.toBeInstanceOf(OrderError);
    await expect(failing).rejects.toMatchObject({ message: 'late', order: 7 });
  });
});
