/** A program whose files can grow no further, as on a full disk: it says what becomes of jobs that have to store something. */
import { execFileSync } from 'node:child_process';
import { FunctionExecutor } from '@skein/executor';

const [backend = 'localhost', storage = ''] = process.argv.slice(2);
const executor = new FunctionExecutor({ workers: 2, backend: backend as 'localhost', storage });

const outcome = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    (value) => ({ value }),
    (error: Error) => ({ name: error.name, message: error.message }),
  );

await executor.callAsync(() => 1); // what is built and bundled at first is there

/** The limit that the kernel looks at: it may be raised again. */
const limit = (bytes: number): void => {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
};

const small = (x: unknown): string => typeof x;
const large = new Uint8Array(2_000_000);

limit(50);
const code = await outcome(executor.map(small, [1]));
limit(3_000);
const items = await Promise.all(executor.map(small, [1, large, 'three']).futures.map(outcome));
const values = await outcome(executor.callAsync(() => large.byteLength));
const extra = await outcome(
  executor.map((_x: number, bytes: Uint8Array) => bytes.length, [1], { extraArgs: [large] }),
);
const after = await outcome(executor.map(small, [1, 'two']));
console.log(JSON.stringify({ code, items, values, extra, after }));
await executor.close();
