/** A program that ends while its calls run in the background: nobody has closed their executor. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type ExecutorOptions, FunctionExecutor } from '@skein/executor';

const [file = '', json = '{}'] = process.argv.slice(2);
const executor = new FunctionExecutor({ workers: 2, ...(JSON.parse(json) as ExecutorOptions) });
executor.map(
  async () => {
    appendFileSync(file, `${process.pid}\n`);
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  },
  [1, 2],
  { background: true },
);
const told = (): number => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0);
while (told() < 2) await new Promise((resolve) => setTimeout(resolve, 20));
