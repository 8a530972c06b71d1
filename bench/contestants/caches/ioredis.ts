/** Redis itself: GET, and what makes a value of the bytes. */
import { Redis } from 'ioredis';
import type { Cached, Shape } from './cached.ts';

export async function open({ redisPort, example }: Shape): Promise<Cached> {
  const redis = new Redis(redisPort, '127.0.0.1', { enableAutoPipelining: true, lazyConnect: true });
  await redis.connect();
  const close = (): Promise<unknown> => redis.quit();
  if (example instanceof Float64Array)
    return {
      set: (key, value) => redis.set(key, Buffer.from((value as Float64Array).buffer)),
      async getOrSet(key, load) {
        const bytes = await redis.getBuffer(key);
        return bytes === null ? load() : numbersOf(bytes);
      },
      close,
    };
  return {
    set: (key, value) => redis.set(key, JSON.stringify(value)),
    async getOrSet(key, load) {
      const text = await redis.get(key);
      return text === null ? load() : JSON.parse(text);
    },
    close,
  };
}

/** Where numbers lie as they have to, they are not copied. */
function numbersOf(bytes: Buffer): Float64Array {
  if (bytes.byteOffset % 8 === 0) return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  return new Float64Array(new Uint8Array(bytes).buffer);
}
