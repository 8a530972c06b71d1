/** Increments of Redis that its replica has too when they are answered: what WAIT is for. */
import type { ChainableCommander, Redis } from 'ioredis';

const REPLICAS = 1;

/** @param pipelining whether those of a turn of the event loop have one WAIT for all, else each has its own */
export function incrementReplicated(redis: Redis, pipelining: boolean): (key: string) => Promise<number> {
  if (pipelining) return incrementTogether(redis);
  return async (key) => {
    const [count] = await run(redis.pipeline().incr(key));
    return count!;
  };
}

function incrementTogether(redis: Redis): (key: string) => Promise<number> {
  let turn: { readonly pipeline: ChainableCommander; readonly counts: Promise<number[]> } | undefined;
  return async (key) => {
    if (turn === undefined) {
      const pipeline = redis.pipeline();
      const counts = new Promise<number[]>((resolve, reject) => {
        setImmediate(() => {
          turn = undefined;
          run(pipeline).then(resolve, reject);
        });
      });
      turn = { pipeline, counts };
    }
    const place = turn.pipeline.length;
    turn.pipeline.incr(key);
    const counts = await turn.counts;
    return counts[place]!;
  };
}

/** What the increments gave, when the replica has them. */
async function run(increments: ChainableCommander): Promise<number[]> {
  const answers = (await increments.wait(REPLICAS, 0).exec()) ?? [];
  const failed = answers.find(([error]) => error !== null);
  if (failed !== undefined) throw failed[0]!;
  const counts = answers.map(([, answer]) => answer as number);
  const replicas = counts.pop();
  if (replicas !== REPLICAS)
    throw new Error(`${replicas} replicas have an increment, rather than ${REPLICAS}`);
  return counts;
}
