import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Dso, UserCodeError } from '../../src/index.ts';
import { rejection, travelled } from './support/serve.ts';

let dso: Dso;
beforeAll(async () => {
  dso = await connect();
});
afterAll(() => dso.close());

class Overdrawn extends Error {
  override name = 'Overdrawn';
  readonly missing: number;
  constructor(missing: number) {
    super(`${missing} are missing`, { cause: new RangeError('the cause') });
    this.missing = missing;
  }
}

class Till {
  #coins = 0;
  take(amount: number): number {
    if (amount > this.#coins) throw new Overdrawn(amount - this.#coins);
    this.#coins -= amount;
    return this.#coins;
  }
  apply(fn: (coins: number) => number): number {
    return fn(this.#coins);
  }
  async fails(): Promise<never> {
    await null;
    throw new AggregateError([new Overdrawn(1), new TypeError('two')], 'both');
  }
  throwText(): never {
    throw 'text';
  }
}

/** The frames of a stack: what stands in parentheses or after `at`, without lines that differ by runner. */
function frames(error: Error): string[] {
  return (error.stack ?? '').split('\n').filter((line) => /^\s*at /.test(line));
}

function lineOf(frame: string | undefined): number {
  return Number(/:(\d+):\d+\)?$/.exec(frame ?? '')?.[1]);
}

describe('an error that a method throws', () => {
  test('arrives as the own class, with its fields and its cause', async () => {
    const error = await rejection(dso.object('till', Till).take(5));
    expect(error).toBeInstanceOf(Overdrawn);
    expect(error).toMatchObject({ name: 'Overdrawn', message: '5 are missing', missing: 5 });
    expect(error.cause).toEqual(new RangeError('the cause'));
  });

  test('points at the line that threw, and below it at the line that called, and nowhere else', async () => {
    const till = dso.object('till', Till);
    const error = await rejection(till.take(5));
    const [thrown, called] = frames(error);
    const here = frames(new Error('here'))[0];
    expect(thrown).toMatch(/take .*errors\.test\.ts:\d+:\d+/);
    expect(called).toMatch(/errors\.test\.ts:\d+:\d+/);
    expect(lineOf(called)).toBe(lineOf(here) - 2);
    expect(error.stack).not.toMatch(/performer|user-thread|skein-dso-|[\\/]dso[\\/]src[\\/]/);
    expect((error.cause as Error).stack).toMatch(/errors\.test\.ts:\d+:\d+/);
    expect((error.cause as Error).stack).not.toMatch(/performer|user-thread|skein-dso-/);
  });

  test('which a function among the arguments threw, points at both', async () => {
    const till = dso.object('till', Till);
    const error = await rejection(
      till.apply((coins) => {
        throw new Overdrawn(coins);
      }),
    );
    expect(error).toBeInstanceOf(Overdrawn);
    const [inFunction, inMethod, called] = frames(error).map(lineOf);
    expect(inFunction).toBeGreaterThan(inMethod!);
    expect(called).toBeLessThan(inFunction!);
    expect(error.stack).not.toMatch(/user-thread|skein-dso-/);
  });

  test('may gather others', async () => {
    const error = await rejection(dso.object('till', Till).fails());
    expect(error).toBeInstanceOf(AggregateError);
    const [first, second] = error['errors'] as [Error, Error];
    expect(first).toBeInstanceOf(Overdrawn);
    expect(frames(first)[0]).toMatch(/fails .*errors\.test\.ts:\d+:\d+/);
    expect(second).toEqual(new TypeError('two'));
  });

  test('need not be an error', async () => {
    expect(await rejection(dso.object('till', Till).throwText())).toBe('text');
  });

  test('comes to a handle that has travelled as a plain error with all that it says', async () => {
    const till = dso.object('till', Till);
    await till.apply(() => 0);
    const error = await rejection(travelled(till).take(5));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'Overdrawn', message: '5 are missing', missing: 5 });
    expect(error).not.toBeInstanceOf(UserCodeError);
  });
});

test('functions given to a map throw their own errors, at their lines', async () => {
  const map = dso.map<string, number>('numbers');
  await map.set('a', 1);
  const error = await rejection(
    map.compute('a', () => {
      throw new Overdrawn(3);
    }),
  );
  expect(error).toBeInstanceOf(Overdrawn);
  expect(frames(error)[0]).toMatch(/errors\.test\.ts:\d+:\d+/);
  expect(error.stack).not.toMatch(/user-thread|skein-dso-/);
  expect(await map.get('a')).toBe(1);
});
