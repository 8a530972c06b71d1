import type { Benchmark, Claim, Unit } from './benchmark.ts';
import type { Score } from './play.ts';
import { differences, ratios, type Spread, spread } from './statistics.ts';

/** A claim with what came of it. */
export interface Verdict {
  readonly claim: Claim;
  readonly outcome: 'met' | 'missed' | 'not judged';
  /** The ratio, or the figure in the benchmark's unit; nothing when a contestant was absent. */
  readonly value?: Spread;
}

/** A figure of a round in the benchmark's unit. */
export function inUnit(unit: Unit, figure: number): number {
  if ('perSecond' in unit) return (unit.perSecond * 1_000) / figure;
  return figure * ('perMs' in unit ? unit.perMs : unit.perByte);
}

export function judge(benchmark: Benchmark, scores: readonly Score[]): Verdict[] {
  return benchmark.claims.map((claim) => {
    const value = figureOf(claim, benchmark, scores);
    if (value === undefined) return { claim, outcome: 'not judged' };
    return { claim, outcome: value.median <= claim.atMost ? 'met' : 'missed', value };
  });
}

/** One sentence: the claim, the figure with its spread, and how far off it is when it is missed. */
export function sentence({ claim, outcome, value }: Verdict, unit: string): string {
  const { of, over, above, atMost } = claim;
  const bound =
    over === undefined
      ? `${of} at most ${atMost} ${unit}${above === undefined ? '' : ` above ${above}`}`
      : `${of} at most ${atMost} × ${over}`;
  if (value === undefined) return `${outcome}: ${bound}`;
  const figure = `${digits(value.median)} (${digits(value.min)}–${digits(value.max)})`;
  const off = outcome === 'missed' ? `, ${digits(value.median / atMost)} times the bound` : '';
  return `${outcome}: ${bound}; it is ${figure}${off}`;
}

/** Three significant digits: more than a shared machine can tell. */
export function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

function figureOf(claim: Claim, benchmark: Benchmark, scores: readonly Score[]): Spread | undefined {
  const figures = figuresOf(claim.of, scores);
  const { over, above } = claim;
  const told = figures?.map((figure) => inUnit(benchmark.unit, figure));
  if (over !== undefined) {
    const others = figuresOf(over, scores);
    return figures && others && spread(ratios(figures, others));
  }
  if (above === undefined) return told && spread(told);
  const others = figuresOf(above, scores)?.map((figure) => inUnit(benchmark.unit, figure));
  return told && others && spread(differences(told, others));
}

function figuresOf(name: string, scores: readonly Score[]): readonly number[] | undefined {
  const score = scores.find((candidate) => candidate.name === name);
  if (score === undefined) throw new Error(`A claim names '${name}', who takes no part`);
  return score.absent === undefined ? score.figures : undefined;
}
