/** Redis as tests and benchmarks get it. Without one, and without a way to fetch it, this is skipped; in CI it fails. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { findRedis, NoRedisError, startRedis } from '../servers/redis.ts';

test('a Redis is found or fetched, starts empty on loopback and as a socket, and leaves nothing', {
  timeout: 300_000,
}, async ({ skip }) => {
  const program = await findRedis({ install: true }).catch((error: unknown) => {
    if (error instanceof NoRedisError && !process.env['CI']) return skip(error.message);
    throw error;
  });
  const redis = await startRedis(program);
  try {
    for (const place of [{ path: redis.path }, { host: '127.0.0.1', port: redis.port }])
      expect(await ask(place, 'DBSIZE')).toBe(':0\r\n');
    expect(await ask({ path: redis.path }, 'CONFIG GET save')).toContain('$0\r\n');
  } finally {
    await redis.stop();
  }
  expect(existsSync(redis.path)).toBe(false);
  await expect(ask({ host: '127.0.0.1', port: redis.port }, 'PING')).rejects.toThrow('ECONNREFUSED');
});

test('a program that is no Redis is told with what it said', async () => {
  const other = { command: process.execPath, env: process.env };
  await expect(startRedis(other)).rejects.toThrow(/redis-server did not start\n.*bad option/s);
});

async function ask(
  place: { path: string } | { host: string; port: number },
  command: string,
): Promise<string> {
  const socket = connect(place);
  socket.write(`${command}\r\nQUIT\r\n`);
  return (await text(socket)).replace(/\+OK\r\n$/, '');
}
