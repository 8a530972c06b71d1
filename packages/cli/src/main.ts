import { CommanderError } from 'commander';
import { exitCodes, tell } from './failure.ts';
import { program } from './program.ts';
import { UsageError } from './usage-error.ts';

/**
 * Runs the `skein` command.
 *
 * @param args - the words after `skein`
 * @returns when the command has done its part; for `run`, when the program's top level has finished
 */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
    else if (error instanceof UsageError) tell(error);
    else throw error; // the program's own, under `run`
  }
}
