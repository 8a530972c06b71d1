import { describe, expect, test } from 'vitest';
import { Pipe, wait } from '../src/index.ts';
import { everywhere } from './support/environments.ts';
import { failure, timed } from './support/helpers.ts';

everywhere('a pipe', (environment) => {
  test('takes messages both ways, whole and in order', async () => {
    const { context } = environment;
    const [here, there] = context.Pipe<unknown>();
    const echo = new context.Process({
      target: async (connection: typeof there) => {
        for (;;) {
          const message = await connection.recv();
          if (message === 'end') break;
          await connection.send(message);
        }
        await connection.close();
      },
      args: [there],
    });
    echo.start();
    const large = new Uint8Array(3 * 2 ** 20).map((_, i) => i % 251);
    for (const message of [[1, 2.25, null], { a: 'b' }, '', new Uint8Array()]) {
      await here.send(message);
      expect(await here.recv()).toEqual(message);
    }
    await here.send(large);
    expect(Buffer.compare((await here.recv()) as Uint8Array, large)).toBe(0);
    expect(await timed(() => here.poll())).toBeLessThan(1000);
    expect(await here.poll()).toBe(false);
    expect(await here.poll({ timeoutMs: -1 })).toBe(false);
    expect(await timed(() => here.poll({ timeoutMs: 100 }))).toBeGreaterThan(90);
    await here.send('one');
    expect(await here.poll({ timeoutMs: 20_000 })).toBe(true);
    expect(await here.recv()).toBe('one');
    await here.send('end');
    // Its end is something to be received.
    expect(await here.poll({ timeoutMs: null })).toBe(true);
    expect(await failure(here.recv())).toMatchObject({ name: 'EOFError', code: 'end-of-file' });
    expect(await failure(here.send(1))).toMatchObject({ name: 'BrokenPipeError', code: 'broken-pipe' });
    await echo.join();
  });

  test('may go one way', async () => {
    const { context } = environment;
    const [receiver, sender] = context.Pipe<number>(false);
    expect([receiver.readable, receiver.writable]).toEqual([true, false]);
    expect([sender.readable, sender.writable]).toEqual([false, true]);
    await sender.send(1);
    expect(await receiver.recv()).toBe(1);
    expect((await failure(receiver.send(1 as never))).message).toContain('only');
    expect((await failure(sender.recv())).message).toContain('only');
    expect((await failure(sender.poll())).message).toContain('only');
  });

  test('a process that is killed ends it for the other end', async () => {
    const { context } = environment;
    const [here, there] = context.Pipe<string>();
    const dying = new context.Process({
      target: async (connection: typeof there) => {
        await connection.send('I am here');
        for (;;) await connection.recv();
      },
      args: [there],
    });
    dying.start();
    expect(await here.recv()).toBe('I am here');
    const waiting = failure(here.recv());
    dying.kill();
    expect((await waiting).name).toBe('EOFError');
    await dying.join();
  });

  test('a process that never uses it ends it too, and what was sent before is received', async () => {
    const { context } = environment;
    const [receiver, sender] = context.Pipe<number>(false);
    const [using, idle] = [true, false].map(
      (uses) =>
        new context.Process({
          target: async (connection: typeof sender, does: boolean) => {
            if (does) for (let i = 0; i < 3; i++) await connection.send(i);
          },
          args: [sender, uses],
        }),
    );
    using!.start();
    await using!.join();
    idle!.start();
    for (let i = 0; i < 3; i++) expect(await receiver.recv()).toBe(i);
    await idle!.join();
    expect((await failure(receiver.recv())).name).toBe('EOFError');
  });

  test('is not over while a copy is on its way', async () => {
    const { context } = environment;
    const [receiver, sender] = context.Pipe<string>(false);
    const go = new context.Event();
    const made = (say: string, event?: typeof go) =>
      new context.Process({
        target: async (connection: typeof sender, text: string, first?: typeof go) => {
          await first?.wait();
          await connection.send(text);
        },
        args: [sender, say, event],
      });
    const [early, late] = [made('early'), made('late', go)];
    late.start();
    early.start();
    expect(await receiver.recv()).toBe('early');
    await early.join();
    const next = receiver.recv();
    await go.set();
    expect(await next).toBe('late');
    await late.join();
    expect((await failure(receiver.recv())).name).toBe('EOFError');
  });

  test('is over when the process that was to use it could not be started', async () => {
    const { context } = environment;
    const [receiver, sender] = context.Pipe<string>(false);
    const made = new context.Process({
      target: (connection: typeof sender, _cache: unknown) => connection.send('never'),
      args: [sender, new WeakMap()],
    });
    expect(() => made.start()).toThrow(/WeakMap/);
    await sender.close();
    expect((await failure(receiver.recv())).name).toBe('EOFError');
  });

  test('that this process has closed is closed for it', async () => {
    const [here, there] = environment.context.Pipe<number>();
    await here.send(1);
    {
      await using connection = here;
      expect(connection.closed).toBe(false);
    }
    expect(here.closed).toBe(true);
    for (const use of [() => here.send(1), () => here.recv(), () => here.poll()])
      expect(await failure(use())).toMatchObject({ name: 'ProcessError', code: 'closed' });
    await here.close();
    expect(await there.recv()).toBe(1);
    expect((await failure(there.recv())).name).toBe('EOFError');
  });

  test('an end that nobody has used is gone when it is closed', async () => {
    const [here, there] = environment.context.Pipe<number>();
    await there.close();
    expect((await failure(here.send(1))).name).toBe('BrokenPipeError');
    expect((await failure(here.recv())).name).toBe('EOFError');
  });

  test('who waits at an end that is closed here is told so', async () => {
    const [here] = environment.context.Pipe<number>();
    const waiting = failure(here.recv());
    await here.close();
    expect(await waiting).toMatchObject({ name: 'ProcessError', code: 'closed' });
  });

  test('wait() gives those that are ready, connections and processes', async () => {
    const { context } = environment;
    const pipes = [0, 1, 2].map(() => context.Pipe<number>(false));
    const receivers = pipes.map(([receiver]) => receiver);
    expect(await wait(receivers, { timeoutMs: 0 })).toEqual([]);
    expect(await timed(() => wait(receivers, { timeoutMs: 100 }))).toBeGreaterThan(90);
    await pipes[1]![1].send(1);
    expect(await wait(receivers)).toEqual([receivers[1]]);
    await pipes[2]![1].send(1);
    await pipes[2]![1].close();
    expect(await wait(receivers, { timeoutMs: 0 })).toEqual([receivers[1], receivers[2]]);
    await receivers[1]!.recv();
    await receivers[2]!.recv();
    expect(await wait(receivers)).toEqual([receivers[2]]);

    const process = new context.Process({ target: () => {} });
    process.start();
    expect(await wait([receivers[0]!, process])).toEqual([process]);
    expect(await wait([receivers[0]!, process.sentinel])).toEqual([process.sentinel]);
  });
});

describe('a pipe that cannot be', () => {
  test('is refused', async () => {
    expect(() => Pipe(1 as never)).toThrow(/duplex is true or false; got 1/);
    await expect(wait([1 as never])).rejects.toThrow(/an object to wait for is a connection/);
    await expect(wait(1 as never)).rejects.toThrow(/the objects to wait for is an array; got 1/);
  });
});
