/** The values that a capture reads, written by v8's structured clone: no code, no classes, no handles. */

import { deserialize, serialize } from 'node:v8';
import { order, pricing, type Tariff, tariff } from '../fresh/price.mjs';
import { serve } from './serve.ts';

const values = tariff();

await serve(
  {
    capture: async ({ count }) => {
      let bytes = serialize(values);
      const start = performance.now();
      for (let n = 0; n < count; n++) bytes = serialize(values);
      const ms = performance.now() - start;
      return { ms, answer: pricing(deserialize(bytes) as Tariff)(order) };
    },
  },
  async () => {},
);
