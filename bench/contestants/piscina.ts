import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { numbersBelow, serve, sum, timed } from './serve.ts';

const pool = new Piscina<unknown, never>({
  filename: fileURLToPath(new URL('./workers/increment.mjs', import.meta.url)),
  minThreads: 2,
  maxThreads: 2,
  execArgv: [], // its threads need no TypeScript loader
});

await serve(
  {
    calls: ({ count, chunksize }) => {
      const data = numbersBelow(count);
      return chunksize === undefined
        ? timed(() => Promise.all(data.map((n): Promise<number> => pool.run(n))), sum)
        : timed(async () => {
            const slices = data.filter((n) => n % chunksize === 0).map((n) => data.slice(n, n + chunksize));
            const run = (slice: number[]): Promise<number[]> => pool.run(slice, { name: 'incrementAll' });
            return (await Promise.all(slices.map(run))).flat();
          }, sum);
    },
    large: ({ bytes }) => {
      const value = new Float64Array(bytes / 8).fill(1);
      return timed(
        (): Promise<Float64Array> => pool.run(value, { name: 'same' }),
        (result) => result.byteLength,
      );
    },
  },
  () => pool.destroy(),
);
