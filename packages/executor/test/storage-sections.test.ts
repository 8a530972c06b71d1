import { FunctionExecutor, resolveExecutorConfig } from '@skein/executor';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => vi.unstubAllEnvs());

test('a bare kind is the store whose options its section has, from wherever each was said', async () => {
  vi.stubEnv('SKEIN_INFINISPAN_PASSWORD', 'hidden');
  vi.stubEnv('SKEIN_IBM_COS_REGION', 'eu-de');
  const config = await resolveExecutorConfig({
    storage: 'infinispan',
    infinispan: { endpoint: 'http://localhost:11222', username: 'ada' },
  });
  expect(config.storage).toMatchObject({
    kind: 'infinispan',
    endpoint: 'http://localhost:11222',
    username: 'ada',
    password: 'hidden',
  });
  expect(JSON.stringify(config.rows())).not.toContain('hidden');
  expect((await resolveExecutorConfig({ storage: 'ibm-cos' })).storage).toMatchObject({ region: 'eu-de' });
});

test('what is wrong in a section is told with its name', () => {
  expect(() => new FunctionExecutor({ storage: 's3', s3: { regoin: 'eu' } as object })).toThrow(
    /s3\.regoin.*did you mean 'region'/,
  );
});
