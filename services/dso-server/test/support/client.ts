import { type ConnectOptions, connect, type Dso } from '@skein/dso';
import { onTestFinished } from 'vitest';

/** Connects, and closes after the test. */
export async function client(url: string, options: ConnectOptions = {}): Promise<Dso> {
  const dso = await connect(url, options);
  onTestFinished(() => dso.close());
  return dso;
}

/** The error that a promise rejects with. */
export async function failure(
  promise: Promise<unknown>,
): Promise<Error & { code?: string; cause?: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}
