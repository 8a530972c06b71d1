import type { Benchmark, Scale, ServedContestant } from '../harness/benchmark.ts';

export function growth({ quick }: Scale): Benchmark {
  const [some, more, most] = quick ? [50, 100, 200] : [1_000, 10_000, 100_000];
  // Enough small jobs that nobody's code is colder for having done fewer calls.
  const awaited = (count: number): ServedContestant => played(count, more / Math.min(count, more), false);
  const streamed = (count: number): ServedContestant => played(count, more / Math.min(count, more), true);
  return {
    name: 'growth',
    title: 'what one more call costs in a job of ever more calls, one a message, 2 warm workers',
    measures:
      'whether anything is looked through at each completion. Awaited jobs give all results together; streams are read one by one. Inputs come from a generator; jobs of 1,000 are played ten at a time.',
    leavesOut:
      'the peers: see calls. Where calls share messages a call costs far less, and so does its bookkeeping.',
    unit: { name: 'µs a call', perMs: 1_000 },
    warmup: quick ? 0 : 3,
    rounds: quick ? 1 : 6,
    contestants: [
      awaited(some),
      awaited(more),
      awaited(most),
      streamed(some),
      streamed(more),
      streamed(most),
    ],
    claims: [
      { of: awaited(more).name, over: awaited(some).name, atMost: 1.1 },
      { of: awaited(most).name, over: awaited(some).name, atMost: 1.1 },
      { of: awaited(most).name, over: awaited(more).name, atMost: 1.1 },
      { of: streamed(more).name, over: streamed(some).name, atMost: 1.1 },
      { of: streamed(most).name, over: streamed(some).name, atMost: 1.1 },
      { of: streamed(most).name, over: streamed(more).name, atMost: 1.1 },
    ],
  };
}

function played(count: number, jobs: number, stream: boolean): ServedContestant {
  return {
    kind: 'served',
    name: `${count.toLocaleString('en')} ${stream ? 'streamed' : 'awaited'}`,
    program: 'skein.ts',
    request: { op: 'rate', count, jobs, chunksize: 1, stream },
    parts: count * jobs,
  };
}
