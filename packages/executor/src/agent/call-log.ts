import type { CallLog } from '../call-context.ts';

/** Console lines that begin with the call that wrote them. */
export function callLog(call: string): CallLog {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...values: unknown[]): void =>
      console[level](`[${call}]`, ...values);
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
