import type { Benchmark, Scale } from '../harness/benchmark.ts';
import { bundle } from './bundle.ts';
import { calls } from './calls.ts';
import { capture } from './capture.ts';
import { chunks } from './chunks.ts';
import { growth } from './growth.ts';
import { large } from './large.ts';
import { lazy } from './lazy.ts';
import { lithops } from './lithops.ts';
import { pi } from './pi.ts';
import { stages, stagesSingle } from './stages.ts';
import { start } from './start.ts';

/** All benchmarks, in the order they are played. */
export function benchmarks(scale: Scale): Benchmark[] {
  return [calls, chunks, capture, bundle, start, stages, stagesSingle, growth, lazy, large, pi, lithops].map(
    (benchmark) => benchmark(scale),
  );
}
