/** What is to be done when this process ends in a way that it notices. */

const pending = new Set<() => void>();

/** Has `run` called then; the answer takes it back. */
export function atExit(run: () => void): () => void {
  // One listener for all executors: Node warns of many.
  if (pending.size === 0) process.on('exit', runPending);
  pending.add(run);
  return () => {
    pending.delete(run);
    if (pending.size === 0) process.off('exit', runPending);
  };
}

function runPending(): void {
  for (const run of pending) run();
}
