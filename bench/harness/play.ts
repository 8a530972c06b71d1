import type { Benchmark, Contestant } from './benchmark.ts';
import { Unavailable } from './child.ts';
import type { Player } from './players.ts';

/** How one contestant did: a time for each counted round, or why it could not take part. */
export interface Score {
  readonly name: string;
  /** Milliseconds a round, in the order played. */
  readonly times: readonly number[];
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
  const players: { name: string; times: number[]; absent?: string; player?: Player }[] = [];
  let expected: { name: string; answer: number } | undefined;
  try {
    for (const contestant of benchmark.contestants) players.push(await seat(contestant, open));
    for (let round = -benchmark.warmup; round < benchmark.rounds; round++) {
      for (const { name, times, player } of players) {
        if (player === undefined) continue;
        const { ms, answer } = await player.round();
        expected ??= { name, answer };
        if (answer !== expected.answer) {
          throw new Error(
            `${benchmark.name}: ${name} answered ${answer} where ${expected.name} answered ${expected.answer}`,
          );
        }
        if (round >= 0) times.push(ms);
      }
    }
  } finally {
    await Promise.all(players.map(({ player }) => player?.close()));
  }
  return players.map(({ player: _, ...score }) => score);
}

async function seat(
  contestant: Contestant,
  open: (contestant: Contestant) => Promise<Player>,
): Promise<{ name: string; times: number[]; absent?: string; player?: Player }> {
  const { name } = contestant;
  try {
    return { name, times: [], player: await open(contestant) };
  } catch (error) {
    if (error instanceof Unavailable) return { name, times: [], absent: error.message };
    throw error;
  }
}
