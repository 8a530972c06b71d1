/** Skein's multiprocessing: what is shared is in this process, which starts the others, or at a server of its own. */

import { type Context, getContext, type Pool } from '@skein/multiprocessing';
import { ObjectServer } from './objects/server.ts';
import { Crew } from './processes/crew.ts';
import { asks, echoes, type Held, locks, meets, puts, type QueueShare, takes } from './processes/roles.ts';
import type { PoolMapRequest, Reply } from './protocol.ts';
import { numbersBelow, serve, sum, timed } from './serve.ts';

const closing: (() => Promise<unknown>)[] = [];
let at: Promise<Context> | undefined;
let pool: Pool | undefined;
let queueing: Crew<QueueShare, number> | undefined;
let numbering: Crew<number, number> | undefined;
let locking: Crew<number, Held> | undefined;

await serve(
  {
    poolMap: async (request) => {
      pool ??= new (await context()).Pool(2);
      return poolMap(pool, request);
    },
    queue: async ({ count, pairs, inFlight = 1, by }) => {
      queueing ??= await crew(by, (members: Crew<QueueShare, number>, { Queue }) => {
        const queue = new Queue<number>();
        for (let n = 0; n < pairs; n++) {
          members.add(puts, queue);
          members.add(takes, queue);
        }
      });
      const { ms, results } = await queueing.play({ count: count / pairs, inFlight });
      return { ms, answer: sum(results) / count };
    },
    pipe: async ({ count, by }) => {
      numbering ??= await crew(by, (members: Crew<number, number>, made) => {
        const [one, other] = made.Pipe<number>();
        members.add(asks, one);
        members.add(echoes, other);
      });
      const { ms, results } = await numbering.play(count);
      return { ms, answer: sum(results) / count };
    },
    lock: async ({ count, by, perHandOver = false }) => {
      locking ??= await crew(by, (members: Crew<number, Held>, { Lock }) => {
        const lock = new Lock();
        for (let n = 0; n < 2; n++) members.add(locks, lock);
      });
      const { ms, results } = await locking.play(count);
      const handOvers = countHandOvers(results);
      return { ms: perHandOver ? ms / handOvers : ms, answer: 1 };
    },
    barrier: async ({ count, parties, by }) => {
      numbering ??= await crew(by, (members: Crew<number, number>, { Barrier }) => {
        const barrier = new Barrier(parties);
        for (let n = 0; n < parties; n++) members.add(meets, barrier);
      });
      const { ms, results } = await numbering.play(count);
      return { ms, answer: sum(results) / count };
    },
  },
  async () => {
    for (const close of closing.reverse()) await close();
  },
);

function poolMap(workers: Pool, { task, count, bytes = 0, chunksize }: PoolMapRequest): Promise<Reply> {
  const numbers = numbersBelow(count);
  switch (task) {
    case 'square':
      return timed(
        () => workers.map(square, numbers, chunksize),
        (results) => share(results, (result, n) => result === n * n),
      );
    case 'spin':
      return timed(
        () => workers.map(spin, numbers, chunksize),
        (results) => share(results, (result, n) => result === n),
      );
    case 'same': {
      const values = numbers.map((n) => new Uint8Array(bytes).fill(n));
      return timed(
        () => workers.map(same, values, chunksize),
        (results) => share(results, (result, n) => result.length === bytes && result[bytes - 1] === n % 256),
      );
    }
  }
}

function square(x: number): number {
  return x * x;
}

function spin(n: number): number {
  const end = performance.now() + 1;
  while (performance.now() < end);
  return n;
}

function same(value: Uint8Array): Uint8Array {
  return value;
}

function share<T>(results: readonly T[], isRight: (result: T, n: number) => boolean): number {
  return results.filter(isRight).length / results.length;
}

/** Made at the first request: all requests of a process are of one kind. */
async function crew<S, R>(
  by: 'tcp' | undefined,
  fill: (crew: Crew<S, R>, context: Context) => void,
): Promise<Crew<S, R>> {
  const made = await context(by);
  const members = new Crew<S, R>(made);
  fill(members, made);
  closing.push(() => members.close());
  return members;
}

/** How often the lock went from one process to the other. Throws when both have held it at a time. */
function countHandOvers(processes: readonly Held[]): number {
  const held = processes
    .flatMap((times, who) => times.map(([from, to]) => ({ from, to, who })))
    .sort((a, b) => a.from - b.from);
  let handOvers = 0;
  for (const [n, { from, who }] of held.entries()) {
    const before = held[n - 1];
    if (before === undefined) continue;
    if (from < before.to) throw new Error('two processes have held the lock at the same time');
    if (who !== before.who) handOvers++;
  }
  return Math.max(1, handOvers);
}

function context(by?: 'tcp'): Promise<Context> {
  at ??= openContext(by);
  return at;
}

async function openContext(by: 'tcp' | undefined): Promise<Context> {
  const dso = by === undefined ? 'embedded:' : await startServer();
  const made = getContext({ executor: { backend: 'localhost' }, dso });
  closing.push(() => made.close());
  return made;
}

/** The address, by TCP, of a server in a process of its own. */
async function startServer(): Promise<string> {
  const server = await ObjectServer.load();
  closing.push(() => server.close());
  const [url] = await server.start({ listen: '127.0.0.1:0' });
  return url!;
}
