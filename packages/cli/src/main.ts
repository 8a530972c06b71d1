import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { run } from './run.ts';
import { UsageError } from './usage-error.ts';

/** What a shell expects of a command that was called wrongly; 1 stays the program's own failure. */
const usageExitCode = 2;

const examples = `
Examples:
  $ skein run hello.ts                 run a TypeScript program, nothing to set up
  $ skein run hello.ts --seed 7        what follows the file is the program's own
  $ skein run --quiet hello.ts > out   without the closing line on stderr`;

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
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : usageExitCode;
    } else if (error instanceof UsageError) {
      process.stderr.write(`skein: ${error.message}\n`);
      process.exitCode = usageExitCode;
    } else {
      throw error;
    }
  }
}

function program(): Command {
  const skein = new Command('skein')
    .description('Run functions in parallel, on any machine or cloud, with shared state.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', examples)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'skein: ')),
    });

  skein
    .command('run')
    .summary('run a TypeScript or JavaScript program')
    .description(
      'Run a TypeScript or JavaScript program in this process. Its arguments, exit code and signals are its own.\n' +
        'At its end, one line on stderr says how many calls ran on how many workers, and what that gained.',
    )
    .argument('<file>', 'the program: .ts, .mts, .cts, .tsx, .js, .mjs or .cjs')
    .argument('[args...]', 'arguments for the program, passed on as they are')
    .option('-q, --quiet', 'do not print the closing line')
    .addHelpText('after', examples)
    .passThroughOptions()
    .action((file: string, programArgs: string[], options: { quiet?: true }) =>
      run(file, programArgs, { quiet: options.quiet === true }),
    );

  return skein;
}

function version(): string {
  const manifest: { version: string } = createRequire(import.meta.url)('../package.json');
  return manifest.version;
}
