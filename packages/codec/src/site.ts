import { findCredentials } from './credentials.ts';
import { type Resource, sharedResource } from './resource.ts';
import { codecState } from './state.ts';

/** What a handle finds where it is revived. */
export interface Site {
  /**
   * The credentials for a service at an address. Throws an error that names both when there are none.
   * Where they come from is the worker's business; a handle never carries them.
   */
  credentials(service: string, address: string): Credentials;
  /**
   * What is open once a process under a key: opened by the first use, shared by all, closed when it was not
   * used for a while. The key names address and account, never a secret.
   */
  resource<T>(
    key: string,
    open: () => T | Promise<T>,
    close: (resource: T) => void | Promise<void>,
  ): Resource<T>;
  /**
   * The call that runs now, where calls run one after another; else that for which the handle was revived. It is the
   * same object for the length of the call, and its signal ends with it. `undefined` outside of calls.
   */
  readonly call?: SiteCall | undefined;
}

/** A call, as handles see it. */
export interface SiteCall {
  readonly signal: AbortSignal;
  /** Where what the call leaves behind is kept. */
  readonly place?: CallPlace | undefined;
}

/** A place in a storage that goes with the executor, or the job, that a call is of. */
export interface CallPlace {
  readonly executorId: string;
  readonly jobId: string;
  readonly callId: string;
  /** A `Storage` of `@skein/storage`, of which this package knows nothing. */
  readonly storage: object;
  readonly bucket: string;
  /** Of the executor's keys; those of a job go on with `/<jobId>`. */
  readonly prefix: string;
  /** Whether the storage outlives the executor. */
  readonly lasting: boolean;
}

/** Names and secrets of an account, as the service's client wants them. */
export type Credentials = Readonly<Record<string, string>>;

/** The site of this process: that which was set, else one without credentials. */
export function processSite(): Site {
  const state = codecState();
  state.site ??= createSite();
  return state.site;
}

/** Sets the site for handles that are decoded without one (the agent does, at its start). */
export function setProcessSite(site: Site): void {
  codecState().site = site;
}

/** What {@link createSite} can be given. */
export interface SiteOptions {
  /** @default what this process was given, in code or by its client; throws, naming service and address */
  readonly credentials?: Site['credentials'];
  /** Ends with the call for which handles are revived. */
  readonly signal?: AbortSignal;
  /** Gives the call that runs at the moment; for processes that run one call after another. */
  readonly call?: () => SiteCall | undefined;
  /** How long an unused resource stays open. @default 1000 */
  readonly idleMs?: number;
}

/** A site over this process's table of open resources. */
export function createSite(options: SiteOptions = {}): Site {
  const idleMs = options.idleMs ?? 1000;
  const { signal } = options;
  const fixed = signal === undefined ? undefined : { signal };
  const call = options.call ?? ((): SiteCall | undefined => fixed);
  return {
    credentials:
      options.credentials ??
      ((service, address) => {
        const given = findCredentials(service, address);
        if (given !== undefined) return given;
        throw new Error(
          `no credentials for ${service} at ${address}: this process was given none (createSite({ credentials }))`,
        );
      }),
    resource: (key, open, close) => sharedResource(key, open, close, idleMs),
    get call() {
      return call();
    },
  };
}
