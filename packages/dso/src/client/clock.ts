const { timeOrigin } = performance;

/** Milliseconds since the epoch, of a clock that does not jump when somebody sets the machine's: deadlines hold by it. */
export function now(): number {
  return timeOrigin + performance.now();
}
