import { FunctionExecutor } from '@skein/executor';
import { hits } from './pi.ts';
import { numbersBelow, serve, sum, timed } from './serve.ts';

const executor = new FunctionExecutor({ workers: 2 });
interface Chunks {
  readonly chunksize?: number;
}

/** Draws on standard error, whatever that is. */
const observed = new FunctionExecutor({ workers: 2, showProgress: true });

await serve(
  {
    calls: ({ count, chunksize, watched }) => {
      const data = numbersBelow(count);
      return watched
        ? timed(
            () => observed.map(increment, data, { ...chunks(chunksize), retries: 2, timeoutMs: 60_000 }),
            sum,
          )
        : timed(() => executor.map(increment, data, chunks(chunksize)), sum);
    },
    rate: ({ count, jobs = 1, chunksize, stream = false }) =>
      timed(
        async () => {
          let total = 0;
          for (let n = 0; n < jobs; n++) {
            const job = executor.map(increment, digits(count), { ...chunks(chunksize), stream });
            if (stream) for await (const result of job) total += result;
            else total += sum(await job);
          }
          return total;
        },
        (total) => total / (count * jobs),
      ),
    stage: ({ count, chunksize, shape }) => {
      const data = numbersBelow(count);
      const options = chunks(chunksize);
      switch (shape) {
        case 'map':
          return timed(() => executor.map(increment, data, options), sum);
        case 'nested':
          return timed(() => executor.callAsync(mapWithin, data, { extraArgs: [options] }), sum);
        case 'chain':
          return timed(() => {
            let job = executor.map(increment, data, options);
            for (let stage = 1; stage < 5; stage++) job = job.map(same, options);
            return job;
          }, sum);
        case 'groups':
          return timed(
            () =>
              executor.mapReduce(increment, data, total, {
                ...options,
                reducerOnePerObject: (n: number) => n % 10,
              }),
            sum,
          );
      }
    },
    large: ({ bytes }) => {
      const value = new Float64Array(bytes / 8).fill(1);
      return timed(
        () => executor.callAsync(same<Float64Array>, value),
        (result) => result.byteLength,
      );
    },
    pi: ({ tasks, points }) =>
      timed(() => executor.map(hits, numbersBelow(tasks), { chunksize: 1, extraArgs: [points] }), sum),
  },
  () => Promise.all([executor.close(), observed.close()]),
);

function increment(n: number): number {
  return n + 1;
}

function same<T>(value: T): T {
  return value;
}

function mapWithin(data: readonly number[], options: Chunks): Promise<number[]> {
  return new FunctionExecutor().map(increment, data, options).then();
}

/** The reducer: `sum` is another file's, and would be bundled. */
function total(results: number[]): number {
  let total = 0;
  for (const result of results) total += result;
  return total;
}

function* digits(count: number): Generator<number> {
  for (let n = 0; n < count; n++) yield n % 10;
}

function chunks(chunksize: number | undefined): Chunks {
  return chunksize === undefined ? {} : { chunksize };
}
