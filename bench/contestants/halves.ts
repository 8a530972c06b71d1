/** The work in two halves, each sent to a process in one message: as quick as this machine's two cores can be. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { numbersBelow, serve, sum, timed } from './serve.ts';

const half = new URL('./workers/half.ts', import.meta.url);
const workers = [fork(half), fork(half)];

await serve(
  {
    pi: ({ tasks, points }) => {
      const seeds = numbersBelow(tasks);
      const middle = Math.ceil(tasks / 2);
      const halves = [seeds.slice(0, middle), seeds.slice(middle)];
      return timed(
        () => Promise.all(workers.map((worker, n) => ask(worker, { seeds: halves[n], points }))),
        sum,
      );
    },
  },
  async () => {
    for (const worker of workers) worker.disconnect();
  },
);

async function ask(worker: ChildProcess, message: object): Promise<number> {
  const reply = once(worker, 'message');
  worker.send(message);
  const [answer]: unknown[] = await reply;
  return Number(answer);
}
