/** What the declarations of commands share. */
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { tell } from '../failure.ts';
import { endWithReader } from '../reader.ts';

/** An action that is loaded when it is asked for, and whose errors are told in a line. */
export function does<A extends unknown[]>(
  load: () => Promise<(...args: A) => Promise<void> | void>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    endWithReader();
    try {
      await (await load())(...args);
    } catch (error) {
      tell(error);
    }
  };
}

/** Lines of a command and what it is for. */
export function examples(
  command: Command,
  ...lines: readonly (readonly [line: string, gloss: string])[]
): Command {
  const width = Math.max(...lines.map(([line]) => line.length)) + 2;
  const text = lines.map(([line, gloss]) => `  $ ${line.padEnd(width)}${gloss}`.trimEnd()).join('\n');
  return command.addHelpText('after', `\n${styleText('bold', 'Examples:')}\n${text}`);
}
