import { describe, expect, test } from 'vitest';
import {
  activeChildren,
  cpuCount,
  currentProcess,
  Event,
  getContext,
  type Identity,
  Process,
  parentProcess,
} from '../src/index.ts';
import { everywhere } from './support/environments.ts';
import { eventually, failure, sleep, timed } from './support/helpers.ts';

/** A process that leaves by the code that it was made with. */
class Leaving extends Process {
  readonly code: number;
  constructor(code: number, options: ConstructorParameters<typeof Process>[0]) {
    super(options);
    this.code = code;
  }
  override run(): void {
    process.exit(this.code);
  }
}

everywhere('a process', (environment) => {
  const { isolation } = environment;

  test('runs a function with its arguments, and is who its maker says', async () => {
    const { context } = environment;
    const said = new context.Queue<unknown>();
    const made = new context.Process({
      target: async (queue: typeof said, ...rest: unknown[]) => {
        const { name, pid, daemon } = currentProcess();
        await queue.put([rest, { name, pid, daemon }]);
      },
      args: [said, 1, 'two', [3]],
      name: 'SomeProcess',
      daemon: true,
    });
    expect(made.isAlive()).toBe(false);
    expect(made.exitCode).toBeUndefined();
    expect(activeChildren()).not.toContain(made);

    made.start();
    expect(made.isAlive()).toBe(true);
    expect(activeChildren()).toContain(made);
    expect(await said.get()).toEqual([[1, 'two', [3]], { name: 'SomeProcess', pid: made.pid, daemon: true }]);
    await made.join();
    expect(made.exitCode).toBe(0);
    expect(made.isAlive()).toBe(false);
    expect(activeChildren()).not.toContain(made);
  });

  test('sees nothing of what another one has left in its worker', async () => {
    const { context } = environment;
    const seen = new context.Queue<unknown>();
    const look = async (queue: typeof seen): Promise<void> => {
      const globals = globalThis as { left?: number };
      await queue.put(globals.left);
      globals.left = 1;
    };
    for (let i = 0; i < 2; i++) {
      const made = new context.Process({ target: look, args: [seen] });
      made.start();
      await made.join();
    }
    expect([await seen.get(), await seen.get()]).toEqual([undefined, undefined]);
  });

  test('knows its parent, and its own children', async () => {
    const { context } = environment;
    const [receiver, sender] = context.Pipe<readonly (string | number)[]>(false);
    const family = async (out: typeof sender, path: readonly number[]): Promise<void> => {
      const parent = parentProcess()!;
      await out.send([currentProcess().name, parent.name, parent.pid, ...path]);
      if (path.length === 2) return;
      for (let i = 0; i < 2; i++) {
        const child = new Process({ target: family, args: [out, [...path, i]] });
        child.start();
        await child.join();
      }
    };
    const first = new context.Process({ target: family, args: [sender, [0]], name: 'first' });
    first.start();
    const lines = [await receiver.recv(), await receiver.recv(), await receiver.recv()];
    await first.join();
    const { pid } = currentProcess();
    expect(lines).toEqual([
      ['first', 'MainProcess', pid, 0],
      ['first:1', 'first', first.pid, 0, 0],
      ['first:2', 'first', first.pid, 0, 1],
    ]);
    expect(parentProcess()).toBeUndefined();
  });

  test('is waited for by its parent process too, unless it is a daemon', async () => {
    const { context } = environment;
    const ended = new context.Value('i', 0);
    const parent = new context.Process({
      target: async (count: typeof ended) => {
        const begun = new Event();
        const child = (daemon: boolean): Process<never[]> =>
          new Process({
            target: async () => {
              if (daemon) {
                await begun.set();
                await sleep(60_000);
              }
              await count.add(1);
            },
            daemon,
          });
        child(true).start();
        await begun.wait();
        child(false).start();
      },
      args: [ended],
    });
    parent.start();
    await parent.join();
    expect(parent.exitCode).toBe(0);
    expect(await ended.get()).toBe(1);
  });

  test('has done what it has asked for, awaited or not', async () => {
    const { context } = environment;
    const [count, event, lock] = [new context.Value('i', 0), new context.Event(), new context.Lock()];
    await using manager = new context.Manager();
    const dict = manager.dict<string, number>();
    await lock.acquire();
    const made = new context.Process({
      target: () => {
        void count.add(1);
        void event.set();
        void dict.set('a', 1);
        void lock.release();
        // Nobody lets it go on, and it keeps nobody.
        new Event().wait().catch(() => {});
      },
    });
    made.start();
    await made.join();
    expect(made.exitCode).toBe(0);
    expect([await count.get(), await event.isSet(), await dict.get('a')]).toEqual([1, true, 1]);
    expect(await lock.acquire({ block: false })).toBe(true);
  });

  test('that throws has exit code 1, and its error is at hand', async () => {
    const { context } = environment;
    const made = new context.Process({
      target: () => {
        throw new RangeError('out of range');
      },
    });
    made.start();
    await made.join();
    expect(made.exitCode).toBe(1);
    expect(made.error).toMatchObject({ name: 'RangeError', message: 'out of range' });
    expect((made.error as Error).stack).toContain('process.test.ts');
  });

  test.each([0, 3])('may be a subclass, and leaves by process.exit(%d)', async (code) => {
    const made = new Leaving(code, { context: environment.context });
    made.start();
    await made.join();
    expect(made.exitCode).toBe(code);
  });

  test('may be a subclass of its context, which it may close over', async () => {
    const { context } = environment;
    const said = new context.Queue<unknown>();
    class Asking extends context.Process {
      readonly question = 6;
      override async run(): Promise<void> {
        const [here, there] = context.Pipe<number>();
        const answering = new context.Process({ target: async () => there.send((await there.recv()) * 7) });
        answering.start();
        await here.send(this.question);
        await said.put([await here.recv(), this instanceof Process]);
        await answering.join();
      }
    }
    const made = new Asking();
    expect(made).toBeInstanceOf(Process);
    made.start();
    expect(await said.get({ timeoutMs: 20_000 })).toEqual([42, true]);
    await made.join();
    expect(made.exitCode).toBe(0);
  });

  test.each([
    ['terminate', -15],
    ['kill', -9],
  ] as const)('%s() ends it, whatever it does', async (how, exitCode) => {
    const { context } = environment;
    const begun = new context.Event();
    const made = new context.Process({
      target: async (event: typeof begun) => {
        await event.set();
        for (;;);
      },
      args: [begun],
    });
    made.start();
    await begun.wait();
    expect(await timed(() => made.join({ timeoutMs: 0 }))).toBeLessThan(1000);
    expect(await timed(() => made.join({ timeoutMs: -1 }))).toBeLessThan(1000);
    await made.join({ timeoutMs: 30 });
    expect(made.isAlive()).toBe(true);
    expect(made.exitCode).toBeUndefined();
    made[how]();
    await made.join();
    expect(made.exitCode).toBe(exitCode);
    expect(activeChildren()).not.toContain(made);
  });

  test('that is ended frees what it holds, and its peers are told', async () => {
    const { context } = environment;
    const [lock, barrier, begun] = [new context.Lock(), new context.Barrier(3), new context.Event()];
    const made = new context.Process({
      target: async (held: typeof lock, meeting: typeof barrier, event: typeof begun) => {
        await held.acquire();
        await event.set();
        await meeting.wait();
      },
      args: [lock, barrier, begun],
    });
    made.start();
    await begun.wait();
    await eventually(async () => (await barrier.nWaiting()) === 1);
    const broken = failure(barrier.wait());
    expect(await lock.acquire({ block: false })).toBe(false);
    made.kill();
    expect(await lock.acquire()).toBe(true);
    expect(await broken).toMatchObject({ name: 'BrokenBarrierError', code: 'broken-barrier' });
    await made.join();
  });

  test('its sentinel resolves at its end', async () => {
    const { context } = environment;
    const go = new context.Event();
    const made = new context.Process({ target: (event: typeof go) => event.wait(), args: [go] });
    expect(() => made.sentinel).toThrow(/was not started/);
    made.start();
    let over = false;
    const { sentinel } = made;
    void sentinel.then(() => {
      over = true;
    });
    await sleep(20);
    expect(over).toBe(false);
    await go.set();
    await sentinel;
    expect(made.exitCode).toBe(0);
  });

  test('cannot be asked for more than it is', async () => {
    const { context } = environment;
    const go = new context.Event();
    const made = new context.Process({ target: (event: typeof go) => event.wait(), args: [go], name: 'it' });
    expect((await failure(made.join())).message).toBe('it was not started');
    expect(() => made.terminate()).toThrow(/was not started/);
    made.start();
    expect(() => made.start()).toThrow(/it was started before/);
    expect(() => made.close()).toThrow(/it runs/);
    await go.set();
    await made.join();
    made.close();
    made.close();
    for (const ask of [() => made.isAlive(), () => made.terminate(), () => made.exitCode])
      expect(ask).toThrow(/it was closed/);
    expect(await failure(made.join())).toMatchObject({ code: 'closed' });
  });

  test('many run at the same time, however few cores there are', async () => {
    const { context } = environment;
    const parties = isolation === 'thread' ? 12 : 8;
    const barrier = new context.Barrier(parties);
    const all = Array.from(
      { length: parties },
      () => new context.Process({ target: (meeting: typeof barrier) => meeting.wait(), args: [barrier] }),
    );
    for (const one of all) one.start();
    for (const one of all) await one.join();
    expect(all.map(({ exitCode }) => exitCode)).toEqual(all.map(() => 0));
  }, 60_000);
});

describe('a process that cannot be', () => {
  test.each([
    [
      (() => {}) as never,
      /what a process is made of is an object with any of target, args, .*; got the function/,
    ],
    [{ target: 5 as never }, /target is a function; got 5/],
    [{ args: 'abc' as never }, /args is an array; got "abc"/],
    [{ name: '' }, /name is text; got ""/],
    [{ daemon: 1 as never }, /daemon is true or false; got 1/],
  ])('%j is refused', (options, message) => {
    expect(() => new Process(options)).toThrow(message);
  });

  test('is refused at its start where what it closes over cannot travel', async () => {
    await using context = getContext('spawn');
    const socket = new WeakMap();
    const made = new context.Process({ target: () => socket.has({}) });
    expect(() => made.start()).toThrow(/socket/);
    expect(made.isAlive()).toBe(false);
  });

  test('start methods are named', () => {
    expect(() => getContext('fork' as never)).toThrow(
      /'spawn', 'thread', 'subprocess', or options; got "fork"/,
    );
  });

  test('there is a CPU, and a main process', () => {
    expect(cpuCount()).toBeGreaterThanOrEqual(1);
    const main: Identity = currentProcess();
    expect(main).toMatchObject({ name: 'MainProcess', daemon: false, parent: undefined });
  });
});
