/** What the executor itself has to say, a line at a time on standard error. */
import type { LogLevel } from './options.ts';

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const satisfies readonly LogLevel[];

/** Whether a line of this level is written where `level` is the most that is wanted. */
export function isWritten(line: Exclude<LogLevel, 'silent'>, level: LogLevel): boolean {
  return LEVELS.indexOf(line) <= LEVELS.indexOf(level);
}

export class Diagnostics {
  readonly #level: LogLevel;

  constructor(level: LogLevel) {
    this.#level = level;
  }

  warn(line: string): void {
    this.#write('warn', line);
  }

  debug(line: string): void {
    this.#write('debug', line);
  }

  #write(level: 'warn' | 'debug', line: string): void {
    if (isWritten(level, this.#level)) process.stderr.write(`skein: ${line.replace(/\s*\n\s*/g, ' ')}\n`);
  }
}
