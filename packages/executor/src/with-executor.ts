import { FunctionExecutor } from './function-executor.ts';
import type { ExecutorOptions } from './options.ts';
import type { NoContext } from './types.ts';

/** For Node versions that cannot parse `await using`. */
export async function withExecutor<R, C extends object = NoContext>(
  options: ExecutorOptions<C>,
  body: (executor: FunctionExecutor<C>) => Promise<R> | R,
): Promise<R> {
  const executor = new FunctionExecutor<C>(options);
  try {
    return await body(executor);
  } finally {
    await executor[Symbol.asyncDispose]();
  }
}
