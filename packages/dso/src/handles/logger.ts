import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { count, expected } from './collection-arguments.ts';
import { text } from './scalar-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('logger');

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** How grave a line is. */
export type LogLevel = (typeof LEVELS)[number];

/** A line of a {@link Logger}. */
export interface LogLine {
  /** When it came to the server, milliseconds since the epoch. */
  readonly time: number;
  readonly level: LogLevel;
  readonly text: string;
}

/** Lines from everywhere in one order. The server's operator sees them, and the last of them are kept. */
export class Logger extends SharedObject {
  /** Says a line of level 'info'; at most 65,536 characters. */
  print(line: string, options?: WriteOptions): Promise<void> {
    return this.log('info', line, options);
  }

  /** Says a line. */
  async log(level: LogLevel, line: string, options?: WriteOptions): Promise<void> {
    if (!LEVELS.includes(level)) throw expected('the level', `one of ${LEVELS.join(', ')}`, level);
    await this.write(CODES.log, [level, text('the line', line)], options);
  }

  /** The last so many lines, oldest first. @param last all that are kept, unless it is given */
  async lines(last?: number, options?: CallOptions): Promise<LogLine[]> {
    const args = [last === undefined ? undefined : count('the number of lines', last)];
    const lines = (await this.read(CODES.lines, args, options)) as readonly Value[];
    return lines.map((line) => {
      const [time, level, said] = line as readonly [number, LogLevel, string];
      return { time, level, text: said };
    });
  }

  /** Forgets all lines. */
  async clear(options?: WriteOptions): Promise<void> {
    await this.write(CODES.clear, [], options);
  }
}
