import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareToShip, shipCode } from '../../src/user/ship.ts';
import { UserHost } from '../../src/user/user-host.ts';
import { apply, UserObject } from './support/user-object.ts';

let host: UserHost;
beforeAll(async () => {
  await prepareToShip();
  host = new UserHost({ threads: 2, memoryMb: 64 });
});
afterAll(() => host.close());

class Rogue {
  calls = 0;
  ok(): number {
    return ++this.calls;
  }
  spin(): void {
    this.calls = 100;
    for (;;);
  }
  async never(): Promise<void> {
    await new Promise(() => {});
  }
  exit(): void {
    this.calls = 100;
    process.exit(3);
  }
  kill(): void {
    process.kill(process.pid, 'SIGKILL');
  }
  async throwOutside(): Promise<void> {
    setTimeout(() => {
      throw new RangeError('nobody awaits this');
    }, 1);
    await new Promise(() => {});
  }
  hoard(): number {
    const hoard: number[][] = [];
    for (;;) hoard.push(Array.from({ length: 1000 }, (_, i) => i + hoard.length));
  }
}

it('an endless loop is ended at its limit, and the next call finds the object as it was', async () => {
  const rogue = await UserObject.make(host, Rogue, { name: 'r' });
  await rogue.call('ok');
  for (const method of ['spin', 'never'] as const) {
    rogue.timeLimitMs = 100;
    expect(await rogue.invoke(method)).toEqual({
      kind: 'failed',
      code: 'time-limit',
      message:
        `Rogue.${method}() of object 'r' was ended: it ran longer than its limit of 100 ms; nothing that it did is kept. ` +
        'Do less in one call, or raise timeLimitMs',
    });
  }
  rogue.timeLimitMs = undefined;
  expect(await rogue.call('ok')).toBe(2);
});

it('code that ends its thread fails alone, and says how', async () => {
  const rogue = await UserObject.make(host, Rogue, { name: 'r' });
  const message = async (method: string): Promise<string> => {
    const outcome = await rogue.invoke(method);
    expect(outcome).toMatchObject({ kind: 'failed', code: 'crashed' });
    return (outcome as { message: string }).message;
  };
  expect(await message('exit')).toContain(
    "Rogue.exit() of object 'r' crashed: it ended its thread (exit code 3)",
  );
  expect(await message('kill')).toContain('it killed its process (SIGKILL)');
  expect(await message('throwOutside')).toContain(
    'outside of what it awaits: RangeError: nobody awaits this',
  );
  expect(await rogue.call('ok')).toBe(1);
});

it('memory that grows without end takes the thread, not the process', async () => {
  const rogue = await UserObject.make(host, Rogue, { name: 'r' });
  rogue.timeLimitMs = 25_000; // however slow the machine is
  expect(await rogue.invoke('hoard')).toMatchObject({
    kind: 'failed',
    code: 'out-of-memory',
    message: expect.stringContaining(
      "Rogue.hoard() of object 'r' was ended: its heap reached its limit of 64 MiB",
    ),
  });
  expect(await rogue.call('ok')).toBe(1);
});

it('the calls that wait for a thread which ends go on in another', async () => {
  await using one = new UserHost({ threads: 1 });
  const rogue = await UserObject.make(one, Rogue, { name: 'bad' });
  const others = await Promise.all(['a', 'b', 'c'].map((name) => UserObject.make(one, Rogue, { name })));
  rogue.timeLimitMs = 100;
  const ended = rogue.invoke('spin');
  const calls = others.map((object) => object.call('ok'));
  expect(await ended).toMatchObject({ code: 'time-limit' });
  expect(await Promise.all(calls)).toEqual([1, 1, 1]);
});

it('code that does not finish loading is ended too', async () => {
  await using strict = new UserHost({ threads: 1, timeLimitMs: 300 });
  const { ref, code } = await shipCode(() => 1);
  const endless = `while (true);\n${code.code}`;
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256').update(endless).digest('hex');
  strict.addCode({ ...code, code: endless, hash });
  expect(await strict.run({ kind: 'each', code: { ...ref, hash }, calls: [[]] })).toMatchObject({
    code: 'time-limit',
  });
  expect(await apply(strict, () => 2)).toBe(2);
});

it('a call is given up by its signal', async () => {
  const rogue = await UserObject.make(host, Rogue, { name: 'r' });
  const controller = new AbortController();
  const call = host.run(await rogue.taskOf('never'), controller.signal);
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  expect(await rogue.call('ok')).toBe(1);
});

it('close ends what runs and what waits, which reject', async () => {
  const closing = new UserHost({ threads: 1 });
  const [a, b] = [
    await UserObject.make(closing, Rogue, { name: 'a' }),
    await UserObject.make(closing, Rogue, { name: 'b' }),
  ];
  const tasks = [await a.taskOf('spin'), await b.taskOf('ok')];
  const calls = Promise.allSettled(tasks.map((task) => closing.run(task)));
  await closing.close();
  for (const call of await calls) {
    expect(call).toMatchObject({
      status: 'rejected',
      reason: { message: 'the host of user code was closed before the call ended' },
    });
  }
  await expect(a.invoke('ok')).rejects.toThrow('the host of user code is closed');
});
