import { Tinypool } from 'tinypool';
import { numbersBelow, serve, sum, timed } from './serve.ts';

const pool = new Tinypool({
  filename: new URL('./workers/increment.mjs', import.meta.url).href,
  minThreads: 2,
  maxThreads: 2,
  execArgv: [], // its threads need no TypeScript loader
});

await serve(
  {
    calls: ({ count }) => {
      const data = numbersBelow(count);
      return timed(() => Promise.all(data.map((n): Promise<number> => pool.run(n))), sum);
    },
  },
  () => pool.destroy(),
);
