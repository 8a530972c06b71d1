/** Who hears of a signal. */
export interface Listener {
  aborted(): void;
}

interface Watch {
  readonly listeners: Set<Listener>;
  readonly tell: () => void;
}

/**
 * One listener for each signal, however many calls share it: an EventTarget looks through all of its listeners for each
 * that comes and goes, and warns of a leak at the eleventh.
 */
const watches = new WeakMap<AbortSignal, Watch>();

export function watch(signal: AbortSignal, listener: Listener): void {
  const known = watches.get(signal);
  if (known !== undefined) {
    known.listeners.add(listener);
    return;
  }
  const listeners = new Set([listener]);
  const tell = (): void => {
    watches.delete(signal);
    for (const one of [...listeners]) one.aborted();
  };
  watches.set(signal, { listeners, tell });
  signal.addEventListener('abort', tell, { once: true });
}

export function unwatch(signal: AbortSignal, listener: Listener): void {
  const known = watches.get(signal);
  if (known === undefined || !known.listeners.delete(listener) || known.listeners.size > 0) return;
  watches.delete(signal);
  signal.removeEventListener('abort', known.tell);
}
