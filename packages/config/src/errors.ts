/** What is wrong with one value or source. */
export interface ConfigIssue {
  readonly kind: 'unknown-key' | 'wrong-value' | 'unreadable' | 'ambiguous';
  /** The key, such as 'localhost.isolation'; '' for a whole source. */
  readonly path: string;
  /** Where it was said, such as '/project/skein.config.json' or 'the variable SKEIN_WORKERS'. */
  readonly source: string;
  readonly message: string;
  /** The key that was probably meant. */
  readonly suggestion?: string;
}

/** A configuration that cannot be used: everything that is wrong with it at once. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly code = 'bad-config';
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[], options?: ErrorOptions) {
    const lines = issues.map(
      (issue) => `${issue.path === '' ? '' : `${issue.path}: `}${issue.message} (${issue.source})`,
    );
    super(
      lines.length === 1
        ? `the configuration cannot be used: ${lines[0]}`
        : `the configuration cannot be used, ${lines.length} things are wrong:\n${lines.map((line) => `  - ${line}`).join('\n')}`,
      options,
    );
    this.issues = issues;
  }
}

/** What came, for "must be …, not …". */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : maskUrl(value));
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'object': {
      if (Array.isArray(value)) return `a list of ${value.length}`;
      const name: unknown = value.constructor?.name;
      return typeof name === 'string' && name !== 'Object' ? `an instance of ${name}` : 'an object';
    }
    default:
      return `a ${typeof value}`;
  }
}

/** Text without the user and password of the URLs in it, which nobody remembers to mark as secret. */
export function maskUrl(text: string): string {
  return text.replace(/\/\/[^/@\s]+@/g, '//***@');
}
