/** What tests do to a Redis out of the tier's sight. */
import { randomBytes } from 'node:crypto';
import type { OpenTier } from '@skein/cache';
import { Redis } from 'ioredis';
import { afterAll } from 'vitest';
import { openRedis, resolveRedis } from '../../src/redis/options.ts';

const clients = new Map<number, Redis>();
afterAll(() => {
  for (const client of clients.values()) client.disconnect();
});

export function clientOf(port: number): Redis {
  let client = clients.get(port);
  if (client === undefined) {
    client = new Redis({ port, lazyConnect: true }).on('error', () => {}); // it was killed, or is frozen
    clients.set(port, client);
  }
  return client;
}

export function urlOf(port: number): string {
  return `redis://127.0.0.1:${port}`;
}

export function openAt(port: number, options: Parameters<typeof resolveRedis>[0] = {}): OpenTier {
  return openRedis(resolveRedis({ url: urlOf(port), ...options }));
}

export function anyNamespace(): string {
  return `test ${randomBytes(6).toString('hex')}`;
}

/** Of the value that is kept under a key: turns one bit, or leaves out the end. */
export async function damage(
  port: number,
  namespace: string,
  key: string,
  how: 'flip' | 'cut',
): Promise<void> {
  const redis = clientOf(port);
  const space = `skein-cache:{${namespace}}`;
  const entry = `${space}:e:${JSON.stringify(key)}`;
  const whole = (await redis.getBuffer(entry))!;
  const [, version, chunks] = String(whole).split(' ', 3);
  const isInline = chunks === '0';
  const body = `${space}:b:${version}`;
  let bytes = isInline ? whole : (await redis.hgetBuffer(body, '0'))!;
  if (how === 'flip') bytes[bytes.length - 9]! ^= 4;
  else bytes = bytes.subarray(0, bytes.length - 9);
  if (isInline) await redis.set(entry, bytes);
  else await redis.hset(body, '0', bytes);
}
