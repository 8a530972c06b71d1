/**
 * The sockets of a library that shows none of them. That of Hot Rod, for one, half-closes a connection and waits for the server to do the rest:
 * one that is frozen never does, and its socket would keep the program running for ever.
 */
import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** What a socket of Node stands on. */
interface Handle {
  unref?(): void;
  close?(): void;
}

const owner = new AsyncLocalStorage<Sockets>();
/** The hook costs every promise of the process a little: it is on only while somebody connects. */
const connecting = new Set<Sockets>();
const hook = createHook({
  init(_id: number, type: string, _trigger: number, resource: object) {
    if (type === 'TCPWRAP') owner.getStore()?.add(resource);
  },
});

/** The TCP sockets that are made while something connects. They keep no program running. */
export class Sockets {
  readonly #handles = new Set<Handle>();
  #isClosed = false;

  /** Runs `connect`, whose sockets are then these. */
  async gather<T>(connect: () => Promise<T>): Promise<T> {
    connecting.add(this);
    hook.enable();
    try {
      return await owner.run(this, connect);
    } finally {
      this.#leave();
    }
  }

  add(handle: Handle): void {
    this.#handles.add(handle);
    // It is not ready yet when it is announced.
    process.nextTick(() => {
      if (this.#isClosed) handle.close?.();
      else handle.unref?.();
    });
  }

  /** Ends them without a word, whatever their users think. */
  close(): void {
    this.#isClosed = true;
    this.#leave();
    for (const handle of this.#handles) handle.close?.();
    this.#handles.clear();
  }

  #leave(): void {
    if (connecting.delete(this) && connecting.size === 0) hook.disable();
  }
}
