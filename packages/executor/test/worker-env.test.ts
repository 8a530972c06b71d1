import { expect, test } from 'vitest';
import { workerEnv } from '../src/backend/localhost/worker-env.ts';

test('a worker has large buffers in huge pages, unless its user has said how memory is had', () => {
  const tunables = (before?: string): string | undefined =>
    workerEnv(before === undefined ? {} : { GLIBC_TUNABLES: before })['GLIBC_TUNABLES'];
  expect(tunables()).toBe('glibc.malloc.hugetlb=1');
  expect(tunables('glibc.malloc.arena_max=2')).toBe('glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1');
  expect(tunables('glibc.malloc.hugetlb=0')).toBe('glibc.malloc.hugetlb=0');
});

test('a worker is no debuggee and loads no TypeScript, and has the rest of the options', () => {
  const options = '--max-http-header-size=9000 --inspect=0 --import tsx --require "./a b.cjs" --no-warnings';
  expect(workerEnv({ NODE_OPTIONS: options, A: 'b', NODE_V8_COVERAGE: '/tmp' })).toMatchObject({
    A: 'b',
    NODE_OPTIONS: '--max-http-header-size=9000 --no-warnings',
  });
  expect(workerEnv({ NODE_OPTIONS: '--inspect-brk' })).not.toHaveProperty('NODE_OPTIONS');
});
