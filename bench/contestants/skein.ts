import { FunctionExecutor } from '@skein/executor';
import { hits } from './pi.ts';
import { numbersBelow, serve, sum, timed } from './serve.ts';

const executor = new FunctionExecutor({ workers: 2 });

await serve(
  {
    calls: ({ count, chunksize }) => {
      const data = numbersBelow(count);
      const options = chunksize === undefined ? {} : { chunksize };
      return timed(() => executor.map(increment, data, options), sum);
    },
    large: ({ bytes }) => {
      const value = new Float64Array(bytes / 8).fill(1);
      return timed(
        () => executor.callAsync(same, value),
        (result) => result.byteLength,
      );
    },
    pi: ({ tasks, points }) =>
      timed(() => executor.map(hits, numbersBelow(tasks), { chunksize: 1, extraArgs: [points] }), sum),
  },
  () => executor.close(),
);

function increment(n: number): number {
  return n + 1;
}

function same(value: Float64Array): Float64Array {
  return value;
}
