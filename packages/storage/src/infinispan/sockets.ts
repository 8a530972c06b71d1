/**
 * The sockets of a library that shows none of them. The Hot Rod client half-closes a connection and waits for the server
 * to do the rest: one that is frozen never does, and its socket would keep the program running for ever.
 */
import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** What a socket of Node stands on. */
interface Handle {
  unref?(): void;
  close?(): void;
}

/** Sockets that were made within one call. */
export class Sockets {
  readonly #handles = new Set<Handle>();

  add(handle: Handle): void {
    this.#handles.add(handle);
    // It is not ready yet when it is announced.
    process.nextTick(() => handle.unref?.());
  }

  /** Ends them without a word. */
  close(): void {
    for (const handle of this.#handles) handle.close?.();
    this.#handles.clear();
  }
}

const owner = new AsyncLocalStorage<Sockets>();
const hook = createHook({
  init(_id: number, type: string, _trigger: number, resource: object) {
    if (type === 'TCPWRAP') owner.getStore()?.add(resource);
  },
});
let watchers = 0;

/** Runs `connect`; the TCP sockets that it makes keep no program running, and can be closed whatever their users think. */
export async function withSockets<T>(
  connect: () => Promise<T>,
): Promise<{ readonly value: T; readonly sockets: Sockets }> {
  const sockets = new Sockets();
  // The hook costs every promise of the process a little: it is on only while somebody connects.
  if (watchers++ === 0) hook.enable();
  try {
    return { value: await owner.run(sockets, connect), sockets };
  } catch (error) {
    sockets.close();
    throw error;
  } finally {
    if (--watchers === 0) hook.disable();
  }
}
