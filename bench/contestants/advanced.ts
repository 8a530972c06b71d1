/** A large value to a forked process and back, by node's structured clone (`serialization: 'advanced'`). */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { serve, timed } from './serve.ts';

const worker = fork(new URL('./workers/echo.mjs', import.meta.url), {
  execArgv: [],
  serialization: 'advanced',
});

await serve(
  {
    large: ({ bytes }) => {
      const value = new Float64Array(bytes / 8).fill(1);
      return timed(
        async () => {
          const reply = once(worker, 'message');
          worker.send(value);
          const [result]: unknown[] = await reply;
          return result;
        },
        (result) => (result instanceof Float64Array ? result.byteLength : Number.NaN),
      );
    },
  },
  async () => worker.disconnect(),
);
