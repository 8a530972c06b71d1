/** What is said of a task whose thread came to its end. */
import type { UserFailureCode, UserOutcome } from './task.ts';
import type { ThreadEnd } from './user-thread.ts';

export function failed(code: UserFailureCode, message: string): UserOutcome {
  return { kind: 'failed', code, message };
}

export function failureOf(
  label: string,
  end: Exclude<ThreadEnd, { kind: 'stopped' }>,
  limits: { readonly limitMs: number; readonly memoryMb: number },
): UserOutcome {
  switch (end.kind) {
    case 'time-limit':
      return failed(
        'time-limit',
        `${label} was ended: it ran longer than its limit of ${limits.limitMs} ms; nothing that it did is kept. ` +
          'Do less in one call, or raise timeLimitMs',
      );
    case 'out-of-memory':
      return failed(
        'out-of-memory',
        `${label} was ended: its heap reached its limit of ${limits.memoryMb} MiB; nothing that it did is kept. ` +
          'Keep less at a time, use typed arrays, which lie outside of the heap, or raise memoryMb',
      );
    case 'crashed':
      return failed(
        'crashed',
        `${label} crashed: ${end.reason}; nothing that it did is kept. ` +
          'Await every promise that it starts, and do not exit',
      );
  }
}
