import { Redis } from 'ioredis';
import { Matrix } from './matrix.ts';
import type { Address, Objects } from './objects.ts';
import { incrementReplicated } from './replicated-redis.ts';

const READY = 'ready';
/** Vectors go by themselves when nobody can want them any more, seconds. */
const KEPT_S = 60;

export async function openRedis({
  at,
  pipelining,
  isReplicated,
}: Extract<Address, { kind: 'redis' }>): Promise<Objects> {
  const place = typeof at === 'string' ? { path: at } : { host: '127.0.0.1', port: at };
  const redis = new Redis({
    ...place,
    enableAutoPipelining: pipelining && !isReplicated,
    lazyConnect: true,
  });
  await redis.connect();
  let participants = 0;
  let rounds: Rounds | undefined;

  /** Gives vectors, waits until those of all are there, and fetches them. */
  const gather = async (round: number, own: ReadonlyMap<number, Float64Array>): Promise<Float64Array> => {
    const ready = rounds!.ready(round);
    // One trip: the commands of a connection keep their order.
    const arrivals = [...own].map(([rank, vector]) => {
      const sent = redis.set(keyOf(round, rank), bytesOf(vector), 'EX', KEPT_S);
      return Promise.all([redis.incr(`${round}:arrived`), sent]);
    });
    const counts = (await Promise.all(arrivals)).map(([count]) => count);
    if (counts.includes(participants)) await redis.publish(READY, String(round));
    await ready;
    const keys = Array.from({ length: participants }, (_, rank) => keyOf(round, rank));
    return sumOf(await redis.mgetBuffer(keys));
  };

  const increment = isReplicated
    ? incrementReplicated(redis, pipelining)
    : (key: string): Promise<number> => redis.incr(key);

  return {
    increment: (counter = 0) => increment(`counter ${counter}`),
    async prepareReduce(count) {
      participants = count;
      rounds ??= await Rounds.open(redis.duplicate());
    },
    reduce: (round, rank, vector) => gather(round, new Map([[rank, vector]])),
    async reduceTogether(round, ranks, vectors) {
      const sum = await gather(round, new Map(ranks.map((rank, n) => [rank, vectors[n]!])));
      return ranks.map(() => sum);
    },
    async prepareMultiply(values) {
      await redis.set('matrix', bytesOf(values), 'NX');
    },
    async multiply(by) {
      const bytes = await redis.getBuffer('matrix');
      const matrix = new Matrix(numbersOf(bytes!));
      const sum = matrix.multiply(by);
      await redis.set('matrix', bytesOf(matrix.values));
      return sum;
    },
    async close() {
      await rounds?.close();
      await redis.quit();
    },
  };
}

/** Tells the participants of this process when a round's vectors are there: without polling, by one connection. */
class Rounds {
  readonly #redis: Redis;
  readonly #waiting = new Map<string, { readonly promise: Promise<void>; resolve(): void }>();

  static async open(redis: Redis): Promise<Rounds> {
    const rounds = new Rounds(redis);
    await redis.subscribe(READY);
    return rounds;
  }

  private constructor(redis: Redis) {
    this.#redis = redis;
    redis.on('message', (_channel, round: string) => {
      this.#waiting.get(round)?.resolve();
      this.#waiting.delete(round);
    });
  }

  ready(round: number): Promise<void> {
    const known = this.#waiting.get(String(round));
    if (known !== undefined) return known.promise;
    let resolve!: () => void;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.#waiting.set(String(round), { promise, resolve });
    return promise;
  }

  async close(): Promise<void> {
    await this.#redis.quit();
  }
}

function keyOf(round: number, rank: number): string {
  return `${round}:vector:${rank}`;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Where numbers lie as they have to, they are not copied. */
function numbersOf(bytes: Buffer): Float64Array {
  if (bytes.byteOffset % 8 === 0) return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  return new Float64Array(new Uint8Array(bytes).buffer);
}

function sumOf(vectors: readonly (Buffer | null)[]): Float64Array {
  const sum = numbersOf(vectors[0]!).slice();
  for (let n = 1; n < vectors.length; n++) {
    const vector = numbersOf(vectors[n]!);
    for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
  }
  return sum;
}
