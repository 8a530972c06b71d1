/** The same work in one process, with nothing in between. */

import { hits } from './pi.ts';
import { numbersBelow, serve, sum, timed } from './serve.ts';

await serve(
  {
    pi: ({ tasks, points }) => timed(async () => numbersBelow(tasks).map((seed) => hits(seed, points)), sum),
  },
  async () => {},
);
