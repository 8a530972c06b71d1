/** A program whose jobs have names, and whose functions print. */
import { type ExecutorOptions, FunctionExecutor } from '@skein/executor';

const executor = new FunctionExecutor({ workers: 2, ...(JSON.parse(process.argv[2]!) as ExecutorOptions) });
const print = (what: string): void => console.log(what);
await executor.map(print, ['a', 'b'], { name: 'fetch' });
await executor.callAsync(print, 'c', { name: 'once' });
await executor.close();
