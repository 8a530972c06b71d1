import { hits } from '../pi.ts';
import { sum } from '../serve.ts';

process.on('message', ({ seeds, points }: { seeds: number[]; points: number }) => {
  process.send?.(sum(seeds.map((seed) => hits(seed, points))));
});
