import { getSystemErrorMap, inspect } from 'node:util';
import { quote, StorageError } from '../errors.ts';

/** An operation as errors name it. */
export interface Call {
  /** As Node's own errors say it for the same operation: 'open', 'scandir', 'copyfile'. */
  readonly syscall: string;
  /** As the caller wrote it. */
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
}

export interface ErrorDetails {
  /** What Node's message has no words for. */
  readonly why?: string | undefined;
  readonly cause?: unknown;
}

/** Codes with their numbers and texts, as libuv has them on this platform. */
const SYSTEM = new Map([...getSystemErrorMap()].map(([errno, [code, text]]) => [code, { errno, text }]));

/** libuv speaks of sockets here. */
const TEXTS: Readonly<Record<string, string>> = { ENOTSUP: 'operation not supported' };

/** An error as Node makes it: `ENOENT: no such file or directory, open 'a'`. */
export function fsError(code: string, call: Call, details: ErrorDetails = {}): NodeJS.ErrnoException {
  const { errno = -1, text = code } = SYSTEM.get(code) ?? {};
  const { why, cause } = details;
  const message = `${code}: ${TEXTS[code] ?? text}, ${call.syscall}${where(call)}${why ? `: ${why}` : ''}`;
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { errno, code, ...call });
}

function where({ path, dest }: Call): string {
  if (path === undefined) return '';
  return dest === undefined ? ` '${path}'` : ` '${path}' -> '${dest}'`;
}

/** What `rm` and `cp` check themselves has codes of its own in Node, such as ERR_FS_EISDIR. */
export function checkedError(
  code: string,
  text: string,
  errno: 'EISDIR' | 'ENOTDIR' | 'EEXIST' | 'EINVAL',
  call: Call & { readonly path: string },
  why: string,
): NodeJS.ErrnoException {
  const { syscall, path } = call;
  const error = new Error(`${text}: ${syscall} returned ${errno} (${why}) ${path}`);
  return Object.assign(error, { name: 'SystemError', code, errno: SYSTEM.get(errno)?.errno, syscall, path });
}

/** An argument of the wrong type, as Node says it. */
export function wrongType(name: string, expected: string, value: unknown): TypeError {
  return Object.assign(
    new TypeError(`The "${name}" argument must be ${expected}. Received ${brief(value)}`),
    {
      code: 'ERR_INVALID_ARG_TYPE',
    },
  );
}

/** An argument of the right type that means nothing. */
export function wrongValue(name: string, expected: string, value: unknown): TypeError {
  return Object.assign(new TypeError(`The argument '${name}' ${expected}. Received ${brief(value)}`), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
}

export function outOfRange(name: string, expected: string, value: unknown): RangeError {
  return Object.assign(
    new RangeError(
      `The value of "${name}" is out of range. It must be ${expected}. Received ${brief(value)}`,
    ),
    { code: 'ERR_OUT_OF_RANGE' },
  );
}

function brief(value: unknown): string {
  const text = inspect(value, { depth: 0 });
  return text.length > 120 ? `${text.slice(0, 100)}…` : text;
}

/** What Node throws when a signal ends an operation; the signal's reason is its cause. */
export function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

/** An error of the storage in Node's words, with the original as its cause. Others pass as they are. */
export function translate(error: unknown, call: Call, signal?: AbortSignal | undefined): unknown {
  if (signal?.aborted && error === signal.reason) return abortError(signal);
  if (!(error instanceof StorageError)) return error;
  switch (error.code) {
    case 'no-such-key':
      return fsError('ENOENT', call, { cause: error });
    case 'no-such-bucket':
      return fsError('ENOENT', call, {
        why: `there is no bucket ${quote(error.bucket ?? '')}`,
        cause: error,
      });
    case 'precondition-failed':
      return fsError('EEXIST', call, { cause: error });
    case 'unsupported':
      return fsError('ENOTSUP', call, { why: error.message, cause: error });
    case 'bad-argument':
      return fsError('EINVAL', call, { why: error.message, cause: error });
    case 'changed':
      return fsError('ESTALE', call, { why: error.message, cause: error });
    case 'busy':
      return fsError('EBUSY', call, { why: error.message, cause: error });
    default:
      return fsError('EIO', call, { why: error.message, cause: error });
  }
}

/** Runs an operation whose errors speak of `call`. */
export async function speakingOf<T>(
  call: Call,
  operation: () => Promise<T>,
  signal?: AbortSignal | undefined,
): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw translate(error, call, signal);
  }
}
