import { StorageError } from '../errors.ts';

/** Who refused, for messages: never with a password. */
export interface RedisPlace {
  readonly address: string;
  readonly username: string | undefined;
  readonly hasPassword: boolean;
}

const DENIED = /^(?:NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password|ERR operation not permitted)/;
/** It cannot take it now; LOADING, READONLY and the like last as long as a server starts or changes its role. */
const BUSY =
  /^(?:OOM|BUSY|LOADING|READONLY|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|NOREPLICAS|ERR max number of clients)/;
const FOREIGN = /^WRONGTYPE/;

/** What ioredis says of commands that it has given up: not why. */
const GIVEN_UP = /max retries per request|Connection is closed/i;

/**
 * Whatever the client threw, as an error of this package.
 *
 * @param last how the connection failed, if it did
 */
export function redisError(
  thrown: unknown,
  last: unknown,
  place: RedisPlace,
  where: { readonly bucket?: string; readonly key?: string },
): unknown {
  if (thrown instanceof StorageError || !(thrown instanceof Error)) return thrown;
  const cause = withoutCommand(GIVEN_UP.test(thrown.message) && last instanceof Error ? last : thrown);
  const { message } = cause;
  const details = { ...where, cause };
  const at = `redis at ${place.address}`;
  if (DENIED.test(message)) {
    const who = place.hasPassword ? `the password of user ${place.username ?? 'default'}` : 'no password';
    return new StorageError(
      'bad-config',
      `${at} refused access with ${who}: ${firstWords(message)}`,
      details,
    );
  }
  if (BUSY.test(message)) return new StorageError('busy', `${at} cannot do it now: ${message}`, details);
  if (FOREIGN.test(message)) {
    return new StorageError(
      'corrupt',
      `${at} holds something else under a key of this storage: ${message}`,
      details,
    );
  }
  return new StorageError('io', `${at}: ${reasonOf(cause)}`, details);
}

/** The client adds the command to what the server says: with its arguments, such as the password, or a body of megabytes. */
function withoutCommand(error: Error): Error {
  if ('command' in error) delete error.command;
  return error;
}

/** Node's error for several addresses of one name has no words of its own. */
function reasonOf({ message, code }: Error & { readonly code?: unknown }): string {
  if (message === 'Command timed out') return 'it gave no answer in time';
  return message === '' ? String(code) : message;
}

function firstWords(message: string): string {
  return message.split(/[.,;:]/, 1)[0]!;
}
