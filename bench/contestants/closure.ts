import { bundle, capture, load } from '@skein/closure';
import { order, pricing, tariff } from '../fresh/price.mjs';
import { serve } from './serve.ts';

const price = pricing(tariff());

await serve(
  {
    capture: async ({ count }) => {
      let captured = capture(price);
      const start = performance.now();
      for (let n = 0; n < count; n++) captured = capture(price);
      const ms = performance.now() - start;
      const copy = await load<typeof price>(await bundle(captured));
      return { ms, answer: copy(order) };
    },
  },
  async () => {},
);
