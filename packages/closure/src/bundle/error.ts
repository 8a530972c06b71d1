/** What can be wrong with code that has to be bundled. */
export type BundleErrorCode =
  /** An imported module was not found. */
  | 'unresolved'
  /** A file that is imported does not parse. */
  | 'syntax'
  /** Files that `include` names are not there, or are too many. */
  | 'include'
  /** Anything else that the bundler reports. */
  | 'bundle';

/** One complaint, at the place that the user wrote. */
export interface BundleProblem {
  readonly code: BundleErrorCode;
  readonly text: string;
  /** Absolute path; undefined when the complaint has no place. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number | undefined;
  /** From 1. */
  readonly column: number | undefined;
  /** What was imported, for `unresolved`. */
  readonly specifier: string | undefined;
}

/** Code could not be bundled: the user's fault, and not worth trying again before something is changed. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly code: BundleErrorCode;
  readonly problems: readonly BundleProblem[];

  constructor(problems: readonly [BundleProblem, ...BundleProblem[]], options?: ErrorOptions) {
    super(describe(problems), options);
    this.code = problems[0].code;
    this.problems = problems;
  }
}

/** More complaints than this hide the first, which is most often the cause of the others. */
const shown = 5;

function describe(problems: readonly BundleProblem[]): string {
  const lines = problems.slice(0, shown).map(({ file, line, column, text }) => {
    const place = [file, line, column].filter((part) => part !== undefined).join(':');
    return place === '' ? text : `${place}: ${text}`;
  });
  if (problems.length > shown) lines.push(`and ${problems.length - shown} more`);
  return `cannot bundle the function: ${lines.join('\n  ')}`;
}
