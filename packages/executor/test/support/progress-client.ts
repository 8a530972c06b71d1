/** A program in a terminal that runs jobs and prints meanwhile, for tests of the progress bar. */
import { once } from 'node:events';
import { FunctionExecutor } from '../../src/index.ts';
import { printAbove } from '../../src/report/progress-bar.ts';

const scenario = process.argv[2];
const isolation = process.argv[3] === 'thread' ? 'thread' : 'process';
const executor = new FunctionExecutor({
  workers: 2,
  localhost: { isolation },
  ...(scenario === 'off' && { showProgress: false }),
  ...(process.argv[3] === 'subprocess' && { backend: 'subprocess' as const }),
});
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const steady = async (x: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return x;
};
const forty = Array.from({ length: 40 }, (_, i) => i);

switch (scenario) {
  case 'few':
    await executor.map(steady, [1, 2, 3, 4]);
    break;
  case 'plain':
  case 'off':
    await executor.map(steady, forty);
    break;
  case 'two-jobs':
    await Promise.all([executor.map(steady, forty), executor.map(steady, new Set(forty))]);
    break;
  case 'short': {
    const started = performance.now();
    await executor.map((x: number) => x, [1, 2, 3]);
    console.log(performance.now() - started < 500 ? 'short' : 'long');
    break;
  }
  case 'printing-client': {
    const job = executor.map(steady, forty);
    for (let i = 0; !job.done; i++) {
      console.log(`out ${i}`);
      console.error(`err ${i}`);
      printAbove(process.stdout, `above ${i}\n`);
      await pause(70);
    }
    break;
  }
  case 'printing-calls':
    await executor.map(async (x: number) => {
      console.log(`call ${x} begins`);
      await new Promise((resolve) => setTimeout(resolve, 60));
      console.error(`call ${x} ends`);
    }, forty);
    break;
  case 'half-lines': {
    process.stdout.write('working');
    const job = executor.map(steady, forty);
    while (!job.done) {
      await pause(150);
      process.stdout.write('.');
    }
    process.stdout.write(' done\n');
    break;
  }
  case 'failing':
    executor.map((x: number) => {
      if (x % 2 === 0) throw new Error('even');
      return new Promise((resolve) => setTimeout(resolve, 100));
    }, forty);
    await executor.wait();
    break;
  case 'endless':
    await executor.map(
      steady,
      Array.from({ length: 100_000 }, (_, i) => i),
    );
    break;
  case 'throwing':
    void executor
      .map(
        steady,
        Array.from({ length: 100_000 }, (_, i) => i),
      )
      .catch(() => {});
    await once(process.stdin, 'data');
    throw new Error('the program is wrong');
}
await executor.close({ cancel: true }).catch(() => {});
console.log('the end');
