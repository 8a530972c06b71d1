import { type Command, Option } from 'commander';
import { parseCount } from '../units.ts';
import { does, examples } from './word.ts';

export function addHello(skein: Command): void {
  const hello = skein
    .command('hello')
    .summary('see functions run in parallel')
    .description('Run a first map on the configured backend, and tell who answered and how fast.')
    .option('-n, --calls <count>', 'how many calls', parseCount(1), 5)
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/hello.ts')).hello));
  examples(
    hello,
    ['skein hello', 'on worker processes of this machine, without any configuration'],
    ['skein hello -n 100 -c cloud.yaml', 'on what cloud.yaml configures'],
  );
}

export function addTest(skein: Command): void {
  const test = skein
    .command('test')
    .summary('check the configured backend and storage')
    .description(
      'Check the configured backend and storage step by step. What fails is told with what to do.\n' +
        'The exit code is 1 when anything failed.',
    )
    .argument('[checks...]', "only these: 'storage', 'backend', or single checks by their names")
    .option('--timeout <seconds>', 'how long one check may take', parseCount(1), 60)
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/test.ts')).test));
  examples(
    test,
    ['skein test', 'everything'],
    ['skein test storage', 'the storage alone'],
    ['skein test call parallel', 'two of the checks'],
    ['skein test --json | jq .ok', 'for scripts'],
  );
}

export function addInit(skein: Command): void {
  const init = skein
    .command('init')
    .summary('write a commented configuration')
    .description(
      'Ask a few questions and write skein.config.ts (or .yaml), commented.\nA file that exists is not overwritten without asking.',
    )
    .argument('[folder]', 'where to write it', '.')
    .addOption(new Option('--backend <name>', 'where functions run').choices(['localhost', 'subprocess']))
    .addOption(new Option('--isolation <kind>', 'of workers on localhost').choices(['process', 'thread']))
    .option('--storage <url>', "where large data is kept, such as 'file:/var/tmp/skein'")
    .option('--workers <count>', 'workers that run in parallel', parseCount(1))
    .option('--records', 'keep a record of every job, for skein job and skein logs')
    .option('--no-records', 'keep none')
    .addOption(new Option('--format <kind>', 'of the file').choices(['ts', 'yaml']))
    .option('-y, --yes', 'ask nothing: what no option says has its default')
    .option('-f, --force', 'overwrite the file that exists')
    .action(does(async () => (await import('../commands/init.ts')).init));
  examples(
    init,
    ['skein init', 'asks'],
    ['skein init --yes', 'writes the defaults, commented'],
    ['skein init -y --format yaml --records', 'for scripts'],
  );
}

export function addDoctor(skein: Command): void {
  const doctor = skein
    .command('doctor')
    .summary('look for what could be wrong on this machine')
    .description(
      'Look at this machine and this project: versions, configuration files, memory and CPU limits, temporary folder,\n' +
        'shell, bundler, capture, clock. ✓ is fine, ! deserves a look, ✗ has to be mended; the exit code is 1 with any ✗.',
    )
    .option('--json', 'print one JSON document')
    .action(does(async () => (await import('../commands/doctor.ts')).doctor));
  examples(
    doctor,
    ['skein doctor', ''],
    ['NODE_OPTIONS=--jitless skein doctor', 'under the flags that your program runs with'],
  );
}
