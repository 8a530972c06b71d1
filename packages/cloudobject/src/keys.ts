/**
 * The keys of everything that this package stores, below the prefix of a scope. What has another form is not ours, and is
 * neither listed nor deleted.
 *
 * ```
 * made/<name>                    an object whose key was chosen for its maker
 * named/<key>                    one whose maker has named it
 * cached/<key>-<hash>/value      where the value of a cached computation is
 * cached/<key>-<hash>/<name>     that value
 * cached/<key>-<hash>/lease.<n>  who computes it
 * state/<name>                   what a stateful function has left
 * ```
 *
 * A generated `<name>` is `<made>.<expires>.<by>.<random>.<extension>`: times in milliseconds, base 36, which sort as they
 * are; `expires` is 0 for never. So a listing alone tells what has expired, and whose it is.
 */
import { randomBytes } from 'node:crypto';
import { badArgument } from './errors.ts';
import { extensions, type Format, formatOf } from './format.ts';

/** What is known of an object besides its place. */
export interface About {
  readonly format: Format;
  /** Milliseconds since the epoch, by the clock of the maker. */
  readonly made: number;
  /** The call that made it, `<executorId>-<jobId>-<callId>`, or the process, `process-<pid>`. */
  readonly by: string;
  readonly expires: number | undefined;
}

/** Of makers that are no calls. */
export const OUTSIDE = 'process-';

/** What a key below a scope's prefix stands for. */
export type KeyKind =
  | { readonly kind: 'made' | 'cached'; readonly about: About }
  | { readonly kind: 'named' | 'state' | 'record' | 'lease' };

const GENERATED = /^([0-9a-z]{8,9})\.([0-9a-z]{1,9})\.([\w-]+)\.[0-9a-f]{12}\.([0-9a-z]+)$/;

export function generatedName({ format, made, by, expires }: About): string {
  const random = randomBytes(6).toString('hex');
  return [made.toString(36), (expires ?? 0).toString(36), by, random, extensions[format]].join('.');
}

export function parseGenerated(name: string): About | undefined {
  const [, made = '', expires = '', by = '', extension = ''] = GENERATED.exec(name) ?? [];
  const format = formatOf(extension);
  if (format === undefined) return undefined;
  const end = Number.parseInt(expires, 36);
  return { format, made: Number.parseInt(made, 36), by, expires: end === 0 ? undefined : end };
}

/** @param rest of a key, behind the prefix of its scope. @returns undefined for what is not ours */
export function parseKey(rest: string): KeyKind | undefined {
  const [folder = '', name = '', inner] = rest.split('/');
  switch (folder) {
    case 'made': {
      const about = inner === undefined ? parseGenerated(name) : undefined;
      return about && { kind: 'made', about };
    }
    case 'cached': {
      if (!/^[\w.-]*-[0-9a-f]{32}$/.test(name) || inner === undefined) return undefined;
      if (inner === 'value') return { kind: 'record' };
      if (/^lease\.\d+$/.test(inner)) return { kind: 'lease' };
      const about = parseGenerated(inner);
      return about && { kind: 'cached', about };
    }
    case 'named':
    case 'state':
      return name === '' ? undefined : { kind: folder };
    default:
      return undefined;
  }
}

/** Handles carry keys, and are short. */
const MAX_NAME = 200;

/** A name that a user chose for an object or a state: part of its key. */
export function checkName(what: string, name: unknown): string {
  if (typeof name !== 'string' || !/^[^\p{Cc}/][^\p{Cc}]*$/u.test(name) || Buffer.byteLength(name) > MAX_NAME)
    throw badArgument(
      what,
      `a text of 1 to ${MAX_NAME} bytes, without control characters, that begins with no '/'`,
      name,
    );
  return name;
}
