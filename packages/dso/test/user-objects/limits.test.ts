import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Dso, UserCodeError } from '../../src/index.ts';
import { rejection, serve } from './support/serve.ts';

class Rogue {
  calls = 0;
  ok(): number {
    return ++this.calls;
  }
  spin(): never {
    this.calls = 100;
    for (;;);
  }
  exit(): void {
    this.calls = 100;
    process.exit(3);
  }
  async throwElsewhere(): Promise<void> {
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
    await new Promise(() => {});
  }
  grow(): void {
    const kept: number[][] = [];
    for (;;) kept.push(new Array<number>(100_000).fill(1.5));
  }
  big(): Uint8Array {
    return new Uint8Array(3_000_000);
  }
  get total(): number {
    return this.calls;
  }
}

/** A method by any name. */
const call = (object: object, name: string): Promise<unknown> =>
  (object as Record<string, () => Promise<unknown>>)[name]!();

describe('embedded', () => {
  let dso: Dso;
  beforeAll(async () => {
    dso = await connect('embedded:', { userCodeTimeLimitMs: 1500 });
  });
  afterAll(() => dso.close());

  test('a method that runs longer than userCodeTimeLimitMs is ended; it and other objects go on', async () => {
    const [rogue, other] = [dso.object('rogue', Rogue), dso.object('other', Rogue)];
    expect(await rogue.ok()).toBe(1);
    const spinning = rejection(rogue.spin());
    expect(await other.ok()).toBe(1);
    const error = await spinning;
    expect(error).toBeInstanceOf(UserCodeError);
    expect(error).toMatchObject({
      code: 'user-code-failed',
      reason: 'time-limit',
      message: expect.stringMatching(/^Rogue\.spin\(\) of object 'rogue' was ended: .* 1500 ms/),
    });
    expect(error.stack).toContain('limits.test.ts');
    expect(await rogue.ok()).toBe(2);
  });

  test('one that ends its thread fails alone, and says how', async () => {
    const [rogue, other] = [dso.object('exits', Rogue), dso.object('stays', Rogue)];
    await rogue.ok();
    const [exited, ...others] = await Promise.all([rejection(rogue.exit()), other.ok(), other.ok()]);
    expect(exited).toMatchObject({
      reason: 'crashed',
      message: expect.stringMatching(/Rogue\.exit\(\).*exit/),
    });
    expect(others).toEqual([1, 2]);
    expect(await rejection(rogue.throwElsewhere())).toMatchObject({
      reason: 'crashed',
      message: expect.stringContaining('nobody catches this'),
    });
    expect(await rogue.ok()).toBe(2);
  });

  test('what is no method is refused, with the name that was meant', async () => {
    const rogue = dso.object('names', Rogue);
    expect(await rejection(call(rogue, 'okk'))).toMatchObject({
      reason: 'no-such-method',
      message: expect.stringContaining("Rogue has no method 'okk'; did you mean 'ok'?"),
    });
    expect(await rejection(call(rogue, 'total'))).toMatchObject({
      reason: 'no-such-method',
      message: expect.stringContaining('total is a getter of Rogue; add a method that gives it'),
    });
    expect(await rejection(call(rogue, 'calls'))).toMatchObject({
      message: expect.stringContaining('calls is a field of Rogue'),
    });
    for (const name of ['constructor', 'toString', '__proto__'])
      expect(await rejection(call(rogue, name))).toMatchObject({ reason: 'no-such-method' });
  });

  test('fields cannot be set from afar', () => {
    const rogue = dso.object('fields', Rogue);
    expect(() => {
      (rogue as unknown as Rogue).calls = 3;
    }).toThrow('change them in a method');
  });
});

test('a heap that grows without end takes the thread, not the node', async () => {
  await using served = await serve({ host: { memoryMb: 48, timeLimitMs: 20_000 } });
  const rogue = served.dso.object('grows', Rogue);
  await rogue.ok();
  expect(await rejection(rogue.grow())).toMatchObject({
    reason: 'out-of-memory',
    message: expect.stringContaining('48 MiB'),
  });
  expect(await rogue.ok()).toBe(2);
});

test('a result beyond the limit is refused, and nothing has changed', async () => {
  await using served = await serve({ host: { maxStateBytes: 1_000_000 } });
  const error = await rejection(served.dso.object('big', Rogue).big());
  expect(error).toMatchObject({
    reason: 'too-large',
    message: expect.stringContaining('1000000 are allowed'),
  });
});

test('code of any size is sent before what needs it is called again', async () => {
  // Larger than what goes over a connection in one piece, so that calls overtake it.
  const text = 'x'.repeat(400_000);
  const Large = new Function(
    `return class Large { length() { return ${JSON.stringify(text)}.length; } };`,
  )() as new () => { length(): number };
  await using served = await serve({});
  const large = served.dso.object('large', Large);
  expect(await Promise.all([large.length(), large.length()])).toEqual([400_000, 400_000]);
});

test('code that the server has dropped is sent again', async () => {
  await using served = await serve({ host: { maxCodeBytes: 1_000 } });
  class A {
    m(): string {
      return 'a';
    }
  }
  class B {
    m(): string {
      return 'b';
    }
  }
  const [a, b] = [served.dso.object('a', A), served.dso.object('b', B)];
  for (let i = 0; i < 3; i++) expect(await Promise.all([a.m(), b.m()])).toEqual(['a', 'b']);
});

test('a server that takes no code says so, and how that is changed', async () => {
  await using served = await serve({ allowUserCode: false });
  expect(await rejection(served.dso.object('refused', Rogue).ok())).toMatchObject({
    name: 'UserCodeError',
    code: 'user-code-refused',
    reason: 'refused',
    message: expect.stringContaining('--allow-user-classes'),
  });
});
