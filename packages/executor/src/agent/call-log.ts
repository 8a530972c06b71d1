import type { CallLog } from '../call-context.ts';
import { isWritten } from '../diagnostics.ts';
import type { LogLevel } from '../options.ts';

/**
 * Console lines of a call, as far as the level lets them through.
 *
 * @param call what lines begin with; empty where every line of the call says it already
 */
export function callLog(call: string, most: LogLevel): CallLog {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') =>
    isWritten(level, most)
      ? (...values: unknown[]): void => console[level](...(call === '' ? [] : [`[${call}]`]), ...values)
      : (): void => {};
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
