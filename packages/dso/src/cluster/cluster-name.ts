import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Coordinator, Outcome } from './coordinator.ts';

/** Between two attempts, milliseconds. */
const RETRY_MS = 200;

/**
 * What a cluster is called, for good: by chance, said by the first member that asks. Data belongs to one cluster: records of
 * another one say nothing of it, also where that has the same prefix, in another etcd or in one that was emptied.
 *
 * @throws the signal's reason
 */
export async function clusterName(
  coordinator: Coordinator,
  prefix: string,
  signal: AbortSignal,
): Promise<string> {
  const key = `${prefix}cluster`;
  const name = randomBytes(9).toString('base64url');
  for (;;) {
    signal.throwIfAborted();
    const outcome = await new Promise<Outcome>((resolve) =>
      coordinator.transact([{ key, revision: 0 }], [{ key, value: name }], resolve),
    );
    if (outcome.kind === 'done') return name;
    if (outcome.kind === 'refused') return readName(coordinator, key, signal);
    await delay(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

function readName(coordinator: Coordinator, key: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let stop: (() => void) | undefined;
    const end = (): void => {
      signal.removeEventListener('abort', aborted);
      stop?.();
    };
    const aborted = (): void => {
      end();
      reject(signal.reason);
    };
    signal.addEventListener('abort', aborted, { once: true });
    stop = coordinator.watch(key, (changes) => {
      const value = changes.find((change) => change.key === key)?.value;
      if (value === undefined) return;
      resolve(value);
      // It may be told before `stop` is known.
      queueMicrotask(end);
    });
  });
}
