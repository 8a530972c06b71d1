import { afterAll, afterEach } from 'vitest';
import { type ExecutorOptions, FunctionExecutor } from '../../src/index.ts';

const open: FunctionExecutor[] = [];

afterEach(async () => {
  for (const executor of open.splice(0)) await executor[Symbol.asyncDispose]().catch(() => {});
});

/** An executor that ends with its test. */
export function executorOf(options: ExecutorOptions = {}): FunctionExecutor {
  const executor = new FunctionExecutor({ workers: 2, ...options });
  open.push(executor);
  return executor;
}

/** One executor for the tests of a block: workers start once. For claims that a job before them does not touch. */
export function sharedExecutor(options: ExecutorOptions): FunctionExecutor {
  const executor = new FunctionExecutor({ workers: 2, ...options });
  afterAll(() => executor[Symbol.asyncDispose]().catch(() => {}));
  return executor;
}

/** What every claim about jobs is checked on: warm processes, threads, and agents that know only storage. */
export const everyBackend: readonly (readonly [name: string, options: ExecutorOptions])[] = [
  ['localhost processes', { backend: 'localhost' }],
  ['localhost threads', { backend: 'localhost', localhost: { isolation: 'thread' } }],
  ['subprocess', { backend: 'subprocess' }],
];

/** Those where a call may end its process. */
export const processBackends: typeof everyBackend = everyBackend.filter(([name]) => !name.includes('thread'));
