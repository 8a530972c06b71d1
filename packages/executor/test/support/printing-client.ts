/** A program whose functions print, for tests that look at what arrives where. */
import { type ExecutorOptions, FunctionExecutor } from '@skein/executor';

const [scenario, json = '{}'] = process.argv.slice(2);
const executor = new FunctionExecutor({ workers: 2, ...(JSON.parse(json) as ExecutorOptions) });
const tell = (what: unknown): void => {
  process.stderr.write(`told ${JSON.stringify(what)}\n`);
};

if (scenario === 'lines' || scenario === 'slowly') {
  const [pauseMs, width] = scenario === 'lines' ? [1, 200] : [15, 2];
  const print = async (x: number): Promise<void> => {
    for (let i = 0; i < 50; i++) {
      process.stdout.write(`begin ${x} `);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      process.stdout.write(`${'x'.repeat(i * width)} end ${x}\n`);
    }
    process.stdout.write(`last of ${x}`);
    // Plain output goes on where the line before has ended.
    if (scenario === 'slowly') process.stdout.write('\n');
  };
  await executor.map(print, [0, 1, 2, 3], { chunksize: 1 });
} else if (scenario === 'nested') {
  const job = executor.map(
    async (x: number) => {
      console.log(`outer ${x}`);
      const inner = new FunctionExecutor();
      const calls = inner.map((y: number) => console.log(`inner ${y}`), [x * 10]);
      await calls;
      return calls.futures.map(({ logs }) => logs);
    },
    [1, 2],
  );
  tell([await job, job.futures.map(({ logs }) => logs)]);
} else if (scenario === 'levels') {
  await executor.map(
    (_x: number, ctx) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) ctx.log[level](`at ${level}`);
      return null;
    },
    [1],
  );
} else if (scenario === 'rejection') {
  await executor.callAsync(() => {
    Promise.reject(new Error('nobody cares'));
  }, 0);
  // Nothing runs meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 300));
} else if (scenario === 'streams') {
  await executor.map(
    (x: number) => {
      console.log(`out ${x}`);
      console.error(`err ${x}`);
      setTimeout(() => console.log(`left behind by ${x}`), 20);
      return null;
    },
    [7],
  );
  // Nothing runs meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 300));
} else if (scenario === 'much') {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const [first, second] = executor.map(
    (bytes: number) => {
      const chunk = Buffer.alloc(1024 * 1024, 'a');
      const own = process.memoryUsage.rss();
      process.stdout.write('first words\n');
      for (let written = 0; written < bytes; written += chunk.byteLength) process.stdout.write(chunk);
      process.stdout.write('\nlast words\n');
      return process.memoryUsage.rss() - own;
    },
    [200 * 1024 * 1024, 0],
    { chunksize: 1 },
  ).futures;
  const growth = await first!;
  await second;
  clearInterval(timer);
  const { logs } = first!;
  tell({
    worker: growth,
    client: most - before,
    length: logs.length,
    begin: logs.slice(0, 12),
    end: logs.slice(-12),
    leftOut: /\[… (\d+) bytes left out …\]/.exec(logs)?.[1],
  });
}
await executor.close();
