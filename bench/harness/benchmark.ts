/** What a benchmark is: a declaration. How it is played is `play.ts`, how it is judged `verdict.ts`. */

import type { Request } from '../contestants/protocol.ts';

/**
 * Someone who does the benchmark's work, always in processes of its own: its heap, its garbage and its compiled
 * code are never another contestant's.
 */
export type Contestant = ServedContestant | FreshContestant;

/** A long-lived process that does one round each time it is asked, and keeps the time itself. */
export interface ServedContestant {
  readonly kind: 'served';
  readonly name: string;
  /** A program of `contestants/`: `.ts` runs under node with tsx, `.py` under python3. */
  readonly program: `${string}.ts` | `${string}.py`;
  readonly request: Request;
}

/** A process started anew for every round. */
export interface FreshContestant {
  readonly kind: 'fresh';
  readonly name: string;
  /** A program of `fresh/`: `.mjs` runs under plain node, `.py` under python3. */
  readonly program: `${string}.mjs` | `${string}.py`;
  /**
   * `start-to-answer`: from before the process is started until its first line, the answer, has arrived.
   * `own`: the process times a part of itself and prints `{ ms, answer }`.
   */
  readonly clock: 'start-to-answer' | 'own';
}

/** Something that the project wants to be true, judged by the median and shown with its spread. */
export interface Claim {
  /** Name of the contestant that is judged. */
  readonly of: string;
  /** The peer whose time in the same round divides; without it the bound is in the benchmark's unit. */
  readonly over?: string;
  readonly atMost: number;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** What the figures mean… */
  readonly measures: string;
  /** …and what must not be read into them. */
  readonly leavesOut: string;
  /** The unit of the table, and how many of it one millisecond of a round is. */
  readonly unit: { readonly name: string; readonly perMs: number };
  /** Rounds that are played and not counted: JIT, pools, caches. */
  readonly warmup: number;
  readonly rounds: number;
  /** The first is the one that the others are compared with. */
  readonly contestants: readonly [Contestant, ...Contestant[]];
  readonly claims: readonly Claim[];
}

/** `quick` asks for the smallest run that still goes through every line: for tests, its figures mean nothing. */
export interface Scale {
  readonly quick: boolean;
}
