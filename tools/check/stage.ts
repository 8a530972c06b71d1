/** One thing that must hold, checked from a fresh clone. */
export interface Stage {
  readonly name: string;
  /** What holds when it passes, for the list and the summary. */
  readonly claim: string;
  /** Throws, or counts failed tests, when it does not hold. */
  readonly check: () => Promise<Outcome>;
}

export interface Outcome {
  /** What was looked at, such as `212 files`. */
  readonly note: string;
  /** What failed and why, for the end of the output. */
  readonly failures?: readonly string[];
  /** Only from the stage that runs tests. */
  readonly tests?: { readonly passed: number; readonly failed: number };
}

/** A stage's failure, already worded for the person who reads the output. */
export class CheckError extends Error {
  override readonly name = 'CheckError';
}
