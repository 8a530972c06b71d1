/** What an agent itself has to say, on standard error, as far as its client wants to hear it. */
import { isWritten } from '../diagnostics.ts';
import type { LogLevel } from '../options.ts';

let most: LogLevel = 'info';

export function setLogLevel(level: LogLevel): void {
  most = level;
}

export function complain(...values: unknown[]): void {
  if (isWritten('error', most)) console.error(...values);
}
