/** Small things that many claims need. */

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The error that a promise rejects with, by what programs look at. */
export async function failure(promise: Promise<unknown>): Promise<{
  readonly name: string;
  readonly code: unknown;
  readonly message: string;
  readonly stack: string;
}> {
  try {
    await promise;
  } catch (error) {
    const { name, code, message, stack = '' } = error as Error & { code?: unknown };
    return { name, code, message, stack };
  }
  throw new Error('it did not fail');
}

/** How long a promise takes, milliseconds. */
export async function timed(what: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await what();
  return performance.now() - began;
}

/** Waits until something holds. */
export async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await sleep(20);
}
