/** Whether a process is there; one that has ended and is not yet buried counts, until its parent has taken notice. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
