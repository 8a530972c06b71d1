/** User code that the engine has run elsewhere: what it is given, and what comes back. */
import type { CodeRef } from '../user/code.ts';
import type { Value } from '../value/value.ts';

export type CodeReference = CodeRef;

export type Task =
  /** Makes an instance of a user's class. `codes`: hashes of code that functions within the arguments need. */
  | {
      readonly kind: 'construct';
      readonly code: CodeReference;
      readonly args: Uint8Array;
      readonly codes: readonly string[];
    }
  | {
      readonly kind: 'invoke';
      readonly code: CodeReference;
      readonly version: number;
      readonly state: Uint8Array;
      readonly method: string;
      readonly args: Uint8Array;
      readonly codes: readonly string[];
    }
  /** A function, once for each list of arguments; the results are encoded one by one. */
  | { readonly kind: 'each'; readonly code: CodeReference; readonly calls: readonly (readonly Value[])[] }
  /** Combines values from left to right. */
  | { readonly kind: 'fold'; readonly code: CodeReference; readonly values: readonly Value[] };

export type TaskOutcome =
  | { readonly kind: 'done'; readonly state?: Uint8Array | undefined; readonly results: readonly Value[] }
  /** The user's own error, as the codec encodes it. Nothing has changed. */
  | { readonly kind: 'threw'; readonly error: Uint8Array }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
