/** A scope says for how long things stay, and is a prefix of their keys in a storage. */
import type { Storage, StorageConfig } from '@skein/storage';
import { callPlace, configuredStorage, openStorage } from '@skein/storage/handles';
import { badArgument } from './errors.ts';
import { OUTSIDE } from './keys.ts';
import { programScope } from './program-scope.ts';
import { storageId } from './storage-id.ts';

/**
 * - `executor`: what is made in calls, until their executor closes. The default there.
 * - `job`: what is made in calls of one job, until `executor.clean()` after the job, or the executor closes.
 * - `program`: what is made outside of calls, until the program ends. The default there.
 * - any other name: until somebody cleans it.
 */
export type Scope = 'executor' | 'job' | 'program' | (string & {});

/** Where something is kept, and for how long. */
export interface ScopeOptions {
  readonly scope?: Scope | undefined;
  /** @default the call's, else the configured one */
  readonly storage?: Storage | StorageConfig | undefined;
}

export interface ScopePlace {
  readonly scope: Scope;
  readonly storage: Storage;
  readonly bucket: string;
  /** Of all keys of the scope; it ends with '/'. */
  readonly prefix: string;
}

/** Named scopes, one folder each. */
export const SCOPES = 'objects/';

/** Below the prefixes of executors and jobs, which hold other things as well. */
const WITHIN = 'objects/';

export async function placeOf(options: ScopeOptions, fallback?: Scope): Promise<ScopePlace> {
  const call = callPlace();
  const scope = options.scope ?? fallback ?? (call === undefined ? 'program' : 'executor');
  switch (scope) {
    case 'executor':
    case 'job': {
      if (call === undefined)
        throw badArgument(
          'scope',
          "'program' or a name outside of calls, where no executor and no job is",
          scope,
        );
      if (options.storage !== undefined && !isSame(openStorage(options.storage), call.storage))
        throw badArgument(
          'scope',
          `a name in another storage than the executor's: nobody would clean '${scope}' there`,
          scope,
        );
      const { storage, bucket, prefix } = call;
      const below = scope === 'job' ? `${prefix}/${call.jobId}` : prefix;
      return { scope, storage, bucket, prefix: `${below}/${WITHIN}` };
    }
    case 'program': {
      if (call !== undefined)
        throw badArgument(
          'scope',
          "'executor', 'job' or a name within a call: the program is elsewhere",
          scope,
        );
      const storage = await ownStorage(options);
      return { scope, storage, bucket: storage.bucket, prefix: await programScope(storage, WITHIN) };
    }
    default: {
      return { scope, ...(await lastingPlace(options)), prefix: `${SCOPES}${checkScope(scope)}/` };
    }
  }
}

/** Where named scopes are. A storage that ends with the executor would not keep what is to stay. */
export async function lastingPlace(
  options: ScopeOptions,
): Promise<{ readonly storage: Storage; readonly bucket: string }> {
  const call = callPlace();
  if (options.storage === undefined && call?.lasting === true)
    return { storage: call.storage, bucket: call.bucket };
  const storage = await ownStorage(options);
  return { storage, bucket: storage.bucket };
}

/** Who makes something now, as keys and errors say it. */
export function maker(): string {
  const call = callPlace();
  return call === undefined ? `${OUTSIDE}${process.pid}` : `${call.executorId}-${call.jobId}-${call.callId}`;
}

function checkScope(scope: unknown): string {
  if (typeof scope !== 'string' || !/^[A-Za-z0-9][\w.-]{0,63}$/.test(scope))
    throw badArgument(
      'scope',
      "'executor', 'job', 'program' or a name of up to 64 letters, digits, '.', '_' and '-'",
      scope,
    );
  return scope;
}

async function ownStorage({ storage }: ScopeOptions): Promise<Storage> {
  return storage === undefined ? configuredStorage() : openStorage(storage);
}

function isSame(a: Storage, b: Storage): boolean {
  return a === b || storageId(a) === storageId(b);
}
