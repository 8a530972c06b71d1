/** Signals are often one for many jobs and waits: each has one listener of ours, since Node warns of many. */
interface Waiting {
  readonly runs: Set<() => void>;
  readonly listener: () => void;
}

const waiting = new WeakMap<AbortSignal, Waiting>();

/** Has `run` called once when the signal is given, at once if it was; the answer takes it back. */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal?.aborted) run();
  if (signal === undefined || signal.aborted) return () => {};
  const { runs, listener } = waiting.get(signal) ?? listen(signal);
  runs.add(run);
  return () => {
    if (!runs.delete(run) || runs.size > 0) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function listen(signal: AbortSignal): Waiting {
  const runs = new Set<() => void>();
  const listener = (): void => {
    waiting.delete(signal);
    for (const run of runs) run();
  };
  signal.addEventListener('abort', listener, { once: true });
  const made = { runs, listener };
  waiting.set(signal, made);
  return made;
}
