import { inspect } from 'node:util';

/**
 * What went wrong, as a closed set that programs may switch on:
 * - `bad-argument`: an input or an option is none;
 * - `no-match`: an input names nothing that is there;
 * - `gone`: what was discovered is not there any more, or cannot be seen from here;
 * - `changed`: it is there in another version;
 * - `unreadable`: a file system or a server refused, or broke off;
 * - `malformed`: the bytes are not what the format says;
 * - `ambiguous-quotes`: whether a cut lies within quotes was decided wrongly from its neighbourhood;
 * - `unsupported`: the format has no such view of its data;
 * - `missing-package`: an optional package has to be installed.
 */
export type PartitionErrorCode =
  | 'bad-argument'
  | 'no-match'
  | 'gone'
  | 'changed'
  | 'unreadable'
  | 'malformed'
  | 'ambiguous-quotes'
  | 'unsupported'
  | 'missing-package';

/** The one error of this package. Programs in other processes look at `code`, never at the class. */
export class PartitionError extends Error {
  override name = 'PartitionError';
  readonly code: PartitionErrorCode;
  /** What people call the object, if it is one's error: without what is secret in a URL. */
  readonly object: string | undefined;

  constructor(
    code: PartitionErrorCode,
    message: string,
    details: { readonly object?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.object = details.object;
  }
}

/** An argument of the wrong kind: what was expected and what came. */
export function badArgument(what: string, expected: string, came: unknown): PartitionError {
  return new PartitionError('bad-argument', `${what} must be ${expected}, not ${shown(came)}`);
}

/** The bytes of an object are not what its format says. */
export function malformed(object: string, what: string, cause?: unknown): PartitionError {
  return new PartitionError('malformed', `${object}: ${what}`, { object, cause });
}

/** An object is there in another version than the one that was discovered. */
export function changed(object: string, found: string, cause?: unknown): PartitionError {
  const message = `${object} has changed since it was discovered (${found}): discover it again`;
  return new PartitionError('changed', message, { object, cause });
}

/** The code of any error, also of one of another copy of a package. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** What an error says, without its name. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An address as it may be shown: what may be a secret in it is left out. */
export function masked(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//***@').replace(/\?.*$/s, '?…');
}

/** What came, in a few words. */
export function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  if (typeof value === 'function') return `a function${value.name ? ` ${value.name}` : ''}`;
  if (typeof value !== 'object' || value === null) return inspect(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== 'Object' ? `an instance of ${name}` : 'an object';
}
