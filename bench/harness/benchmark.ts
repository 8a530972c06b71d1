/** What a benchmark is: a declaration. How it is played is `play.ts`, how it is judged `verdict.ts`. */

import type { Request } from '../contestants/protocol.ts';
import type { DataSet } from '../data/data-set.ts';

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
  readonly args?: readonly string[];
  readonly request: Request;
  /** Equal parts of its rounds, where contestants do different numbers of them: its figures are those of one part. */
  readonly parts?: number;
  /** What its Python needs that Python does not come with. */
  readonly python?: PythonPackages;
  /**
   * It needs a Redis: the one that is installed, or else, with `install`, one that is fetched. A `.ts` program starts it
   * itself; for a `.py` it is started, and its port on 127.0.0.1 is the program's argument.
   */
  readonly redis?: { readonly install: boolean };
  /** It needs an Infinispan, or an etcd, and starts it itself; it is fetched with `install`. */
  readonly infinispan?: { readonly install: boolean };
  readonly etcd?: { readonly install: boolean };
  readonly s3?: S3Name;
  /** What it reads: one copy for all contestants that name the same. */
  readonly data?: DataSet;
}

/** An S3 server that a benchmark's contestants share. It is not fetched: to build one takes minutes. */
export type S3Name = 'minio' | 'versitygw';

/** Packages of a venv that the bench makes for itself. */
export interface PythonPackages {
  /** Of exact versions, as pip wants them: `lithops==3.8.0`. */
  readonly packages: readonly [string, ...string[]];
  /** Whether they are installed when they are missing; else who needs them takes no part. */
  readonly install: boolean;
}

/** A process started anew for every round. */
export interface FreshContestant {
  readonly kind: 'fresh';
  readonly name: string;
  /** A program of `fresh/`: `.mjs` runs under plain node, `.py` under python3. */
  readonly program: `${string}.mjs` | `${string}.py`;
  readonly args?: readonly string[];
  /**
   * `start-to-answer`: from before the process is started until its first line, the answer, has arrived.
   * `own`: the process measures a part of itself and prints `{ ms, answer }` or `{ bytes, answer }`.
   */
  readonly clock: 'start-to-answer' | 'own';
  /** As in {@link ServedContestant}. */
  readonly parts?: number;
  readonly s3?: S3Name;
}

/** A row of its own for another figure of the rounds that a contestant has played. */
export interface Besides {
  readonly kind: 'besides';
  readonly name: string;
  /** The contestant, which comes before it, and which of the figures that its replies have besides. */
  readonly of: string;
  readonly figure: string;
}

/** Something that the project wants to be true, judged by the median and shown with its spread. */
export interface Claim {
  /** Name of the contestant that is judged. */
  readonly of: string;
  /** The peer whose figure in the same round divides; without it the bound is in the benchmark's unit. */
  readonly over?: string;
  /** The peer whose figure in the same round is taken away, instead. */
  readonly above?: string;
  readonly atMost: number;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** What the figures mean… */
  readonly measures: string;
  /** …and what must not be read into them. */
  readonly leavesOut: string;
  /** The unit of the table, and how many of it one millisecond of a round is, or one byte of memory. */
  readonly unit: Unit;
  /** Shows how much more than the first each contestant takes, in the same round. */
  readonly differences?: boolean;
  /** Rounds that are played and not counted: JIT, pools, caches. */
  readonly warmup: number;
  readonly rounds: number;
  /** The first is the one that the others are compared with. */
  readonly contestants: readonly [Contestant, ...(Contestant | Besides)[]];
  readonly claims: readonly Claim[];
}

export type Unit =
  | { readonly name: string; readonly perMs: number }
  | { readonly name: string; readonly perByte: number }
  /** A rate: how many of it a part that takes one second is. More is better; ratios are of times all the same. */
  | { readonly name: string; readonly perSecond: number };

/** `quick` asks for the smallest run that still goes through every line: for tests, its figures mean nothing. */
export interface Scale {
  readonly quick: boolean;
}
