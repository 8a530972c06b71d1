import type { UserFailureCode, UserOutcome } from '../task.ts';

/** A task that fails, not by an error that the user's code has thrown. */
export class Problem extends Error {
  override readonly name: string = 'Problem';
  readonly code: UserFailureCode;

  constructor(code: UserFailureCode, message: string) {
    super(message);
    this.code = code;
  }

  get outcome(): UserOutcome {
    return { kind: 'failed', code: this.code, message: this.message };
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
