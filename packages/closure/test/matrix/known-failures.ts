/** A shape that is known to fail: where, and why it cannot pass. It must fail: passing is an error too. */
export interface KnownFailure {
  readonly shape: string;
  readonly host: RegExp;
  readonly because: string;
}

export const knownFailures: readonly KnownFailure[] = [];

/** What this host must fail, with the reasons. */
export function knownFailuresOf(host: string): ReadonlyMap<string, string> {
  return new Map(
    knownFailures
      .filter((known) => known.host.test(host))
      .map((known): [string, string] => [known.shape, known.because]),
  );
}
