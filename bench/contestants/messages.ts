/** What node itself offers: two forked processes and their messages; no pool, no code to ship, no errors to carry. */

import { type ChildProcess, fork } from 'node:child_process';
import { numbersBelow, serve, sum, timed } from './serve.ts';

/** Messages under way at one worker: enough to hide the way there and back, few enough not to pile up in the pipe. */
const WINDOW = 16;

const echo = new URL('./workers/echo.mjs', import.meta.url);
const workers = [fork(echo, { execArgv: [] }), fork(echo, { execArgv: [] })];

await serve({ calls: ({ count }) => timed(() => sendAll(numbersBelow(count)), sum) }, async () => {
  for (const worker of workers) worker.disconnect();
});

/** Results in order of completion: the sum does not mind, and order would cost this baseline something. */
function sendAll(data: readonly number[]): Promise<number[]> {
  const queue = data.values();
  const results: number[] = [];
  return new Promise((resolve) => {
    for (const worker of workers) {
      worker.removeAllListeners('message');
      worker.on('message', (result: number) => {
        results.push(result);
        if (results.length === data.length) resolve(results);
        else sendNext(worker, queue);
      });
      for (let sent = 0; sent < WINDOW; sent++) sendNext(worker, queue);
    }
  });
}

function sendNext(worker: ChildProcess, queue: Iterator<number>): void {
  const next = queue.next();
  if (!next.done) worker.send(next.value);
}
