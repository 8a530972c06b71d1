/** What all agents in processes of this machine have in common. */

/** V8 gives up its heap before the process passes its limit; its guard watches what is not on the heap. */
export function heapFlags(memory: number | undefined): string[] {
  return memory === undefined ? [] : [`--max-old-space-size=${Math.max(16, Math.floor(memory / 2 ** 20))}`];
}

/** Ends a process that leads a group, and everything that was started in it; `false` when there is no such group. */
export function killGroup(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(-pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
