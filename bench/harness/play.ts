import type { Benchmark, Besides, Contestant } from './benchmark.ts';
import { Unavailable } from './child.ts';
import type { Player } from './players.ts';

/** How one contestant did: a figure for each counted round, or why it could not take part. */
export interface Score {
  readonly name: string;
  /** Milliseconds, or bytes, of each round, or of one of its parts, in the order played. */
  readonly figures: readonly number[];
  readonly absent?: string;
}

/**
 * Plays all rounds: A B C, A B C, … so that whatever changes on the machine meanwhile meets everyone alike.
 * Every answer of every round is compared with the first one; a different one ends the benchmark.
 */
export async function play(
  benchmark: Benchmark,
  open: (contestant: Contestant) => Promise<Player>,
): Promise<Score[]> {
  const players: Seat[] = [];
  let expected: { name: string; answer: number } | undefined;
  try {
    for (const contestant of benchmark.contestants) {
      players.push(
        contestant.kind === 'besides' ? beside(contestant, players) : await seat(contestant, open),
      );
    }
    for (let round = -benchmark.warmup; round < benchmark.rounds; round++) {
      for (const { name, parts, figures, besides, player } of players) {
        if (player === undefined) continue;
        const { figure, answer, besides: more = {} } = await player.round();
        expected ??= { name, answer };
        if (answer !== expected.answer) {
          throw new Error(
            `${benchmark.name}: ${name} answered ${answer} where ${expected.name} answered ${expected.answer}`,
          );
        }
        if (round < 0) continue;
        figures.push(figure / parts);
        for (const [which, others] of besides) others.push(figureOf(more, which, name) / parts);
      }
    }
  } finally {
    const closing = players.map(({ player }) => player?.close());
    // Who fails to leave is told when all have gone: what they share is taken away by the last.
    await Promise.allSettled(closing);
    await Promise.all(closing);
  }
  return players.map(({ player: _, parts: __, besides: ___, ...score }) => score);
}

interface Seat {
  readonly name: string;
  readonly parts: number;
  readonly figures: number[];
  /** Its other figures that are wanted, and where they go. */
  readonly besides: Map<string, number[]>;
  readonly absent?: string;
  readonly player?: Player;
}

/** Who plays no rounds: its figures come from another's. */
function beside({ name, of, figure }: Besides, players: readonly Seat[]): Seat {
  const player = players.find((one) => one.name === of);
  if (player === undefined) throw new Error(`'${name}' is a figure of '${of}', who does not come before it`);
  const figures: number[] = [];
  player.besides.set(figure, figures);
  const { absent } = player;
  return { name, parts: 1, figures, besides: new Map(), ...(absent === undefined ? {} : { absent }) };
}

function figureOf(figures: Readonly<Record<string, number>>, which: string, name: string): number {
  const figure = figures[which];
  if (figure === undefined) throw new Error(`${name} should tell '${which}' besides, and does not`);
  return figure;
}

async function seat(
  contestant: Contestant,
  open: (contestant: Contestant) => Promise<Player>,
): Promise<Seat> {
  const { name, parts = 1 } = contestant;
  const vacant = { name, parts, figures: [], besides: new Map<string, number[]>() };
  try {
    return { ...vacant, player: await open(contestant) };
  } catch (error) {
    if (error instanceof Unavailable) return { ...vacant, absent: error.message };
    throw error;
  }
}
