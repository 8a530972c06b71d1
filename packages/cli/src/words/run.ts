import type { Command } from 'commander';
import { run } from '../run.ts';
import { examples } from './word.ts';

export function addRun(skein: Command): void {
  const command = skein
    .command('run')
    .summary('run a TypeScript or JavaScript program')
    .description(
      'Run a TypeScript or JavaScript program in this process. Its arguments, exit code and signals are its own.\n' +
        'At its end, one line on stderr says how many calls ran on how many workers, and what that gained.',
    )
    .argument('<file>', 'the program: .ts, .mts, .cts, .tsx, .js, .mjs or .cjs')
    .argument('[args...]', 'arguments for the program, passed on as they are')
    .option('-q, --quiet', 'do not print the closing line')
    .passThroughOptions()
    .action((file: string, programArgs: string[], options: { quiet?: true }) =>
      run(file, programArgs, { quiet: options.quiet === true }),
    );
  examples(
    command,
    ['skein run hello.ts', 'nothing to set up'],
    ['skein run hello.ts --seed 7', 'what follows the file is the program’s own'],
    ['skein run --quiet hello.ts > out', 'without the closing line on stderr'],
    ['SKEIN_RECORDS=1 skein run hello.ts', 'keeps records of its jobs, for skein job and skein logs'],
  );
}
