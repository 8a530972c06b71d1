import { describe, expect, test } from 'vitest';
import { Lock } from '../../src/handles/lock.ts';
import { lock } from '../../src/objects/lock.ts';
import { LocalServer } from './local.ts';

function setUp() {
  const server = new LocalServer([lock]);
  const client = server.client('a');
  const other = server.client('b');
  return {
    server,
    client,
    other,
    one: new Lock(client.place('lock', 'x')),
    again: new Lock(client.place('lock', 'x')),
    theirs: new Lock(other.place('lock', 'x')),
  };
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe('acquire and release', () => {
  test('tokens, holders, and what is refused', async () => {
    const { one, again, theirs } = setUp();
    expect(await one.acquire()).toBe(1);
    expect(one.token).toBe(1);
    expect(await theirs.tryAcquire()).toBe(undefined);
    await expect(theirs.release()).rejects.toMatchObject({ code: 'not-holder' });
    // Another handle of the same process does not know the token, and need not.
    await again.release();
    expect(await one.isHeld()).toBe(false);
    expect(await one.acquire({ holder: 'me' })).toBe(2);
    expect(await again.acquire({ holder: 'me' })).toBe(2);
    await one.release(2);
    expect(await one.isHeld()).toBe(true);
    await one.release();
    expect(one.token).toBe(undefined);
    expect(await theirs.tryAcquire()).toBe(3);
    await expect(one.acquire({ holder: 5 as never })).rejects.toThrow(/a string, not 5/);
    await expect(one.release(0)).rejects.toThrow(/1 or more/);
  });

  test('a timeout and a signal end the wait', async () => {
    const { server, one, theirs } = setUp();
    await one.acquire();
    const late = theirs.acquire({ timeoutMs: 100 });
    const stopped = new AbortController();
    const aborted = theirs.acquire({ signal: stopped.signal });
    server.clock.pass(100);
    stopped.abort(new Error('enough'));
    await expect(late).rejects.toMatchObject({ code: 'timeout' });
    await expect(aborted).rejects.toThrow('enough');
    await one.release();
    expect(await theirs.tryAcquire()).toBe(2);
  });
});

describe('use', () => {
  test('tasks of one process exclude each other', async () => {
    const { one, again } = setUp();
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside++;
      most = Math.max(most, inside);
      await turns();
      inside--;
    };
    await Promise.all([one.use(work), again.use(work), one.use(work), again.use(work)]);
    expect(most).toBe(1);
    expect(await one.isHeld()).toBe(false);
  });

  test('within itself it does not wait, also by another handle, and the token is the same', async () => {
    const { one, again, theirs } = setUp();
    const tokens = await one.use(async (outer) => {
      const inner = await again.use(async (token) => {
        await turns();
        return token;
      });
      expect(await theirs.tryAcquire()).toBe(undefined);
      return [outer, inner, one.token, again.token];
    });
    expect(tokens).toEqual([1, 1, 1, 1]);
    expect(await theirs.tryAcquire()).toBe(2);
  });

  test('it is released however the function ends, and the error is the function’s', async () => {
    const { one, client } = setUp();
    await expect(one.use(() => Promise.reject(new Error('oops')))).rejects.toThrow('oops');
    expect(await one.isHeld()).toBe(false);
    await expect(
      one.use(() => {
        client.end();
        throw new Error('oops');
      }),
    ).rejects.toThrow('oops');
  });

  test('what it has started and left running is not within it any more', async () => {
    const { one } = setUp();
    let go: () => void = () => {};
    const gate = new Promise<void>((open) => {
      go = open;
    });
    let left: Promise<number> | undefined;
    await one.use(() => {
      left = gate.then(() => one.use((token) => token));
    });
    const order: string[] = [];
    const holds = one.use(async () => {
      go();
      await turns();
      order.push('first');
    });
    await Promise.all([holds, left!.then(() => order.push('second'))]);
    expect(order).toEqual(['first', 'second']);
  });
});

describe('conditions', () => {
  test('wait gives the lock back, as deep, with a new token', async () => {
    const { one, theirs } = setUp();
    const ready = one.condition('ready');
    const waits = one.use((outer) =>
      one.use(async () => {
        expect(await ready.wait()).toBe(true);
        expect(one.token).toBe(outer + 2);
        return 'done';
      }),
    );
    await turns();
    await theirs.use(async () => {
      expect(await theirs.condition('ready').notify()).toBe(1);
    });
    expect(await waits).toBe('done');
    expect(await one.isHeld()).toBe(false);
  });

  test('without use, by tokens', async () => {
    const { one, theirs } = setUp();
    const token = await one.acquire();
    const waits = one.condition('c').wait({ token });
    await theirs.acquire();
    expect(await theirs.condition('c').notifyAll()).toBe(1);
    await theirs.release();
    expect(await waits).toBe(true);
    await one.release();
    await expect(one.condition('c').wait()).rejects.toMatchObject({ code: 'not-holder' });
  });

  test.each(['named', 'unnamed', 'within use'])(
    'after a timeout the lock is held, as deep: %s',
    async (how) => {
      const { server, one, theirs } = setUp();
      const condition = one.condition('c');
      const timesOut = async (): Promise<void> => {
        const waits = condition.wait({ timeoutMs: 50 });
        await turns();
        expect(await theirs.tryAcquire()).toBeGreaterThan(1);
        server.clock.pass(50);
        await turns();
        // It has to wait for whoever has it.
        await theirs.release();
        expect(await waits).toBe(false);
        expect(await theirs.tryAcquire()).toBe(undefined);
      };
      if (how === 'within use') await one.use(() => one.use(timesOut));
      else {
        const options = how === 'named' ? { holder: 'me' } : {};
        await one.acquire(options);
        if (how === 'named') await one.acquire(options);
        await timesOut();
        if (how === 'named') await one.release();
        await one.release();
      }
      expect(await one.isHeld()).toBe(false);
    },
  );

  test('after an abort the lock is held, and the reason is thrown', async () => {
    const { one } = setUp();
    const stop = new AbortController();
    await one.use(async () => {
      const waits = one.condition('c').wait({ signal: stop.signal });
      stop.abort(new Error('enough'));
      await expect(waits).rejects.toThrow('enough');
      expect(one.token).toBe(2);
      // It does not even begin; the lock stays as it is.
      await expect(one.condition('c').wait({ signal: stop.signal })).rejects.toThrow('enough');
      expect(one.token).toBe(2);
    });
    expect(await one.isHeld()).toBe(false);
  });
});
