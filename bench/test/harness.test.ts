import { describe, expect, it } from 'vitest';
import { amountOf, CYCLE } from '../data/columns.ts';
import { csvOf, csvPieces, rowsIn } from '../data/csv.ts';
import type { Benchmark, Contestant } from '../harness/benchmark.ts';
import { Child, Unavailable } from '../harness/child.ts';
import { play, type Score } from '../harness/play.ts';
import type { Player, Round } from '../harness/players.ts';
import { type Made, Shared } from '../harness/shared.ts';
import { drift, median, ratios, spread } from '../harness/statistics.ts';
import { judge, sentence } from '../harness/verdict.ts';

const served = (name: string): Contestant => ({
  kind: 'served',
  name,
  program: 'skein.ts',
  request: { op: 'calls', count: 1 },
});

const benchmark: Benchmark = {
  name: 'example',
  title: '',
  measures: '',
  leavesOut: '',
  unit: { name: 'ms', perMs: 1 },
  warmup: 1,
  rounds: 2,
  contestants: [served('A'), served('B')],
  claims: [{ of: 'A', over: 'B', atMost: 1.2 }],
};

/** Players that answer from a script and note what happens to them. */
function scripted(reply: (name: string, round: number) => Round): {
  open: (contestant: Contestant) => Promise<Player>;
  played: string[];
  closed: string[];
} {
  const played: string[] = [];
  const closed: string[] = [];
  const open = async ({ name }: Contestant): Promise<Player> => {
    let round = 0;
    return {
      async round() {
        played.push(name);
        return reply(name, round++);
      },
      async close() {
        closed.push(name);
      },
    };
  };
  return { open, played, closed };
}

describe('rounds', () => {
  it('interleave, and warm-up is not counted', async () => {
    const { open, played, closed } = scripted((_, round) => ({ figure: round, answer: 7 }));
    const scores = await play(benchmark, open);
    expect(played.join('')).toBe('ABABAB');
    expect(scores).toEqual([
      { name: 'A', figures: [1, 2] },
      { name: 'B', figures: [1, 2] },
    ]);
    expect(closed).toEqual(['A', 'B']);
  });

  it('end when a contestant gives another answer, and everyone is closed', async () => {
    const { open, closed } = scripted((name, round) => ({ figure: 1, answer: name === 'B' ? round : 0 }));
    await expect(play(benchmark, open)).rejects.toThrow('example: B answered 1 where A answered 0');
    expect(closed).toEqual(['A', 'B']);
  });

  it('go on without a peer that is not installed', async () => {
    const { open } = scripted(() => ({ figure: 1, answer: 7 }));
    const scores = await play(benchmark, (contestant) =>
      contestant.name === 'B' ? Promise.reject(new Unavailable('no B here')) : open(contestant),
    );
    expect(scores).toEqual([
      { name: 'A', figures: [1, 1] },
      { name: 'B', figures: [], absent: 'no B here' },
    ]);
    expect(judge(benchmark, scores)).toMatchObject([{ outcome: 'not judged' }]);
  });
});

describe('another figure of the same rounds', () => {
  const withBesides: Benchmark = {
    ...benchmark,
    contestants: [
      served('A'),
      served('B'),
      { kind: 'besides', name: 'A: longest', of: 'A', figure: 'longest' },
    ],
    claims: [{ of: 'A: longest', atMost: 20 }],
  };

  it('has a row of its own, and no rounds', async () => {
    const { open, played } = scripted((_, round) => ({
      figure: round,
      answer: 7,
      besides: { longest: 10 * round },
    }));
    const scores = await play(withBesides, open);
    expect(played.join('')).toBe('ABABAB');
    expect(scores[2]).toEqual({ name: 'A: longest', figures: [10, 20] });
    expect(judge(withBesides, scores)).toMatchObject([{ outcome: 'met', value: { median: 15 } }]);
  });

  it('is absent with who plays them, and one that is not told is a mistake', async () => {
    const { open } = scripted(() => ({ figure: 1, answer: 7 }));
    const scores = await play(withBesides, (contestant) =>
      contestant.name === 'A' ? Promise.reject(new Unavailable('no A here')) : open(contestant),
    );
    expect(scores[2]).toEqual({ name: 'A: longest', figures: [], absent: 'no A here' });
    await expect(play(withBesides, open)).rejects.toThrow("A should tell 'longest' besides, and does not");
  });
});

describe('what contestants share', () => {
  it('is made for the first, is the same for all, and goes after the last', async () => {
    const happened: string[] = [];
    const shared = new Shared();
    const make = async (): Promise<Made> => {
      happened.push('made');
      return { env: { WHERE: 'here' }, remove: async () => happened.push('removed') };
    };
    const [one, two] = await Promise.all([shared.lease('it', make), shared.lease('it', make)]);
    expect([one.env, two.env]).toEqual([{ WHERE: 'here' }, { WHERE: 'here' }]);
    await one.release();
    expect(happened).toEqual(['made']);
    await two.release();
    expect(happened).toEqual(['made', 'removed']);
    await (await shared.lease('it', make)).release();
    expect(happened).toEqual(['made', 'removed', 'made', 'removed']);
  });

  it('is made anew for the next when it could not be made', async () => {
    const shared = new Shared();
    await expect(shared.lease('it', () => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
    const made = { env: {}, remove: async () => {} };
    await expect(shared.lease('it', async () => made)).resolves.toMatchObject({ env: {} });
  });

  it('has as many rows, lines and bytes as it says, in CSV', () => {
    const rows = rowsIn(1_000_000);
    const file = Buffer.concat([...csvPieces(rows)]);
    const text = file.toString();
    const { bytes, lines } = csvOf(rows);
    expect(file).toHaveLength(bytes);
    expect(text.split('\n')).toHaveLength(lines + 1);
    // Quotes are in pairs around cells, so every other piece is outside of them.
    const outside = text.split('"').filter((_, at) => at % 2 === 0);
    expect(outside.join('').split('\n')).toHaveLength(rows + 2);
  });

  it('has every amount once in a cycle of rows, in columns', () => {
    const seen = new Uint8Array(CYCLE);
    for (let row = 7 * CYCLE; row < 8 * CYCLE; row++) seen[amountOf(row) * 4] = 1;
    expect(seen.includes(0)).toBe(false);
  });
});

describe("a contestant's process", () => {
  it('that dies without an answer is told with its exit code and what it complained about', async () => {
    const child = await Child.start('nobody', 'fresh/no-such-program.mjs');
    await expect(child.line()).rejects.toThrow(/nobody left \(1\) without an answer\n.*no-such-program/s);
    await expect(child.leave()).rejects.toThrow('nobody left with 1');
  });

  it('that needs packages which are not installed, and are not to be, takes no part', async () => {
    const python = { packages: ['no-such-package==0'], install: false } as const;
    await expect(Child.start('nobody', 'contestants/pool.py', { python })).rejects.toThrow(
      new Unavailable('no-such-package==0 is not installed: a full run installs it'),
    );
  });

  it('answers a line, and has gone once it was asked to leave', async () => {
    const child = await Child.start('esbuild', 'fresh/first-esbuild.mjs');
    expect(JSON.parse(await child.line())).toMatchObject({ answer: 633.54 });
    await child.leave();
  });
});

describe('statistics', () => {
  it('take the middle, or the mean of the two in the middle', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
    expect(spread([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
  });

  it('divide within rounds, so that a slow round cancels out', () => {
    expect(ratios([10, 100], [5, 50])).toEqual([2, 2]);
    expect(() => ratios([1], [1, 2])).toThrow(RangeError);
  });

  it('tell steady rounds from those still warming up', () => {
    expect(drift([10, 10, 10, 10])).toBe(1);
    expect(drift([40, 40, 10, 10])).toBe(0.25);
  });
});

describe('a claim', () => {
  const scores = (a: number, b: number): Score[] => [
    { name: 'A', figures: [a, a] },
    { name: 'B', figures: [b, b] },
  ];

  it('is met by a median within the bound', () => {
    const [verdict] = judge(benchmark, scores(12, 10));
    expect(sentence(verdict!, 'ms')).toBe('met: A at most 1.2 × B; it is 1.20 (1.20–1.20)');
  });

  it('says how far it is missed', () => {
    const [verdict] = judge(benchmark, scores(24, 10));
    expect(sentence(verdict!, 'ms')).toBe(
      'missed: A at most 1.2 × B; it is 2.40 (2.40–2.40), 2.00 times the bound',
    );
  });

  it('without a peer is judged in the unit of the benchmark', () => {
    const absolute: Benchmark = {
      ...benchmark,
      unit: { name: 'µs a call', perMs: 10 },
      claims: [{ of: 'A', atMost: 40 }],
    };
    const [verdict] = judge(absolute, scores(5, 10));
    expect(sentence(verdict!, 'µs a call')).toBe(
      'missed: A at most 40 µs a call; it is 50.0 (50.0–50.0), 1.25 times the bound',
    );
  });

  it('above a peer is judged by the difference in the same round', () => {
    const above: Benchmark = { ...benchmark, claims: [{ of: 'A', above: 'B', atMost: 20 }] };
    const [verdict] = judge(above, scores(35, 10));
    expect(sentence(verdict!, 'ms')).toBe(
      'missed: A at most 20 ms above B; it is 25.0 (25.0–25.0), 1.25 times the bound',
    );
  });

  it('about someone who takes no part is a mistake in the benchmark', () => {
    expect(() => judge({ ...benchmark, claims: [{ of: 'C', atMost: 1 }] }, scores(1, 1))).toThrow("'C'");
  });
});
