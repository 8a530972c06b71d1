import { codecState } from './state.ts';

/** Something that is open at most once a process: a connection, a client. */
export interface Resource<T> {
  /** Runs `work` on the open resource, opening it if need be. It stays open while any work runs. */
  use<R>(work: (resource: T) => R | Promise<R>): Promise<R>;
  /** Closes it once the work in progress is done; the next use opens it anew, such as after it broke. */
  reset(): void;
}

/** An entry of the process's table. */
export interface OpenResource {
  readonly value: Promise<unknown>;
  readonly close: (resource: never) => void | Promise<void>;
  users: number;
  timer: NodeJS.Timeout | undefined;
}

/** The resource of this process under `key`. */
export function sharedResource<T>(
  key: string,
  open: () => T | Promise<T>,
  close: (resource: T) => void | Promise<void>,
  idleMs: number,
): Resource<T> {
  const { resources } = codecState();

  const acquire = (): OpenResource => {
    const known = resources.get(key);
    if (known !== undefined) {
      clearTimeout(known.timer);
      return known;
    }
    const entry: OpenResource = {
      value: Promise.resolve().then(open),
      close,
      users: 0,
      timer: undefined,
    };
    resources.set(key, entry);
    return entry;
  };

  const leave = (entry: OpenResource): void => {
    if (entry.users > 0) return;
    if (resources.get(key) !== entry) void finish(entry);
    else {
      entry.timer = setTimeout(() => {
        resources.delete(key);
        void finish(entry);
      }, idleMs);
      // An idle connection is no reason to stay alive.
      entry.timer.unref();
    }
  };

  return {
    async use(work) {
      const entry = acquire();
      entry.users++;
      try {
        return await work((await opened(key, entry)) as T);
      } finally {
        entry.users--;
        leave(entry);
      }
    },
    reset() {
      const entry = resources.get(key);
      if (entry === undefined) return;
      resources.delete(key);
      clearTimeout(entry.timer);
      leave(entry);
    },
  };
}

/** A resource that failed to open is forgotten, so that the next use tries again. */
async function opened(key: string, entry: OpenResource): Promise<unknown> {
  try {
    return await entry.value;
  } catch (error) {
    const { resources } = codecState();
    if (resources.get(key) === entry) resources.delete(key);
    throw error;
  }
}

async function finish(entry: OpenResource): Promise<void> {
  let resource: unknown;
  try {
    resource = await entry.value;
  } catch {
    return; // It never opened, and whoever used it was told.
  }
  try {
    await entry.close(resource as never);
  } catch (error) {
    // Nobody waits for this: a warning is the only place left to say it.
    process.emitWarning(`closing an idle resource failed: ${String(error)}`, 'SkeinWarning');
  }
}
