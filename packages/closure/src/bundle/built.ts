import type { CapturedScript } from '../captured-code.ts';
import type { External, SourcePosition } from './types.ts';

/** A position in the text of a captured script, which its own map leads further. `line` from 1, `column` from 0. */
export interface ScriptPosition {
  readonly script: CapturedScript;
  readonly line: number;
  readonly column: number;
}

/** The text of a bundle, written directly or by the bundler, and what is known of it. */
export interface Built {
  readonly text: string;
  readonly externals: readonly External[];
  /** Absolute paths of files whose change makes the text stale. */
  readonly inputs: readonly string[];
  /** Leads a position in `text` one step back: to a captured script, or to a file that was bundled. */
  locate(line: number, column: number): ScriptPosition | SourcePosition | undefined;
  /** All positions of `text` that lead somewhere, in order. */
  positions(): Iterable<readonly [line: number, column: number]>;
  originalName(name: string): string;
}
