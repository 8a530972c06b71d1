import type { Benchmark, Contestant } from './benchmark.ts';
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
    for (const contestant of benchmark.contestants) players.push(await seat(contestant, open));
    for (let round = -benchmark.warmup; round < benchmark.rounds; round++) {
      for (const { name, parts, figures, player } of players) {
        if (player === undefined) continue;
        const { figure, answer } = await player.round();
        expected ??= { name, answer };
        if (answer !== expected.answer) {
          throw new Error(
            `${benchmark.name}: ${name} answered ${answer} where ${expected.name} answered ${expected.answer}`,
          );
        }
        if (round >= 0) figures.push(figure / parts);
      }
    }
  } finally {
    const closing = players.map(({ player }) => player?.close());
    // Who fails to leave is told when all have gone: what they share is taken away by the last.
    await Promise.allSettled(closing);
    await Promise.all(closing);
  }
  return players.map(({ player: _, parts: __, ...score }) => score);
}

interface Seat {
  readonly name: string;
  readonly parts: number;
  readonly figures: number[];
  readonly absent?: string;
  readonly player?: Player;
}

async function seat(
  contestant: Contestant,
  open: (contestant: Contestant) => Promise<Player>,
): Promise<Seat> {
  const { name, parts = 1 } = contestant;
  try {
    return { name, parts, figures: [], player: await open(contestant) };
  } catch (error) {
    if (error instanceof Unavailable) return { name, parts, figures: [], absent: error.message };
    throw error;
  }
}
