/** The words of the command. What a word does is loaded when it is said: `skein run` and `--help` load nothing of it. */
import { createRequire } from 'node:module';
import { styleText } from 'node:util';
import { Command, CommanderError, Help, Option } from 'commander';
import { tell } from './failure.ts';
import { endWithReader } from './reader.ts';
import { addDoctor, addHello, addInit, addTest } from './words/begin.ts';
import { addJob, addLogs } from './words/jobs.ts';
import { addRun } from './words/run.ts';
import { addDso } from './words/shared-objects.ts';
import { addCompletion } from './words/shell.ts';
import { addClean, addStorage } from './words/storage.ts';
import { examples } from './words/word.ts';

const groups = {
  begin: 'Begin:',
  run: 'Run:',
  look: 'See what has run:',
  keep: 'Stored data:',
  objects: 'Shared objects:',
  shell: 'Shell:',
  shared: 'Configuration:',
} as const;

/** The whole command, ready to parse. */
export function program(): Command {
  const skein = new Command('skein')
    .description('Run functions in parallel, on any machine or cloud, with shared state.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({
      showGlobalOptions: false,
      styleTitle: (title) => styleText('bold', title),
      styleCommandText: (text) => styleText('cyan', text),
      styleSubcommandText: (text) => styleText('cyan', text),
      styleOptionText: (text) => styleText('cyan', text),
      styleArgumentText: (text) => styleText('cyan', text),
    })
    .configureOutput({
      writeOut: (text) => {
        endWithReader();
        process.stdout.write(text);
      },
      outputError: (text, write) => write(text.replace(/^error: /, 'skein: ')),
    })
    .hook('preAction', configure)
    .allowExcessArguments()
    .action((_options: unknown, command: Command) => noCommand(command));

  skein.commandsGroup(groups.begin);
  addHello(skein);
  addTest(skein);
  addInit(skein);
  addDoctor(skein);
  skein.commandsGroup(groups.run);
  addRun(skein);
  skein.commandsGroup(groups.look);
  addJob(skein);
  addLogs(skein);
  skein.commandsGroup(groups.keep);
  addStorage(skein);
  addClean(skein);
  skein.commandsGroup(groups.objects);
  addDso(skein);
  skein.commandsGroup(groups.shell);
  addCompletion(skein, program);
  skein.helpCommand('help [command]', 'print the help of a command');

  share(skein);
  return examples(
    skein,
    ['skein hello', 'see functions run in parallel, nothing to set up'],
    ['skein run hello.ts', 'run a TypeScript program'],
    ['skein run hello.ts --seed 7', 'what follows the file is the program’s own'],
    ['skein init', 'write a configuration, commented'],
    ['skein test -c prod.yaml', 'check a backend and a storage'],
  ).addHelpText(
    'after',
    `
${styleText('bold', 'Exit codes:')}
  0  it went well
  1  it failed
  2  it was called wrongly, or its configuration cannot be used
  \`skein run\` ends as its program does.`,
  );
}

/** The options that every command takes, before its words or after them. */
function share(command: Command): void {
  const ownPage = command.parent === null || command.commands.length === 0;
  const add = (flags: string, description: string): void => {
    command.addOption(new Option(flags, description).helpGroup(groups.shared).hideHelp(!ownPage));
  };
  add('-c, --config <file>', 'use this configuration file');
  add('--print-config', 'print the configuration and its sources, and leave');
  if (command.parent === null) add('--json', 'print data as one JSON document');
  for (const below of command.commands) share(below);
}

interface Shared {
  readonly config?: string;
  readonly printConfig?: true;
  readonly json?: true;
}

/** The nearest to the action wins. */
function sharedOf(command: Command): Shared {
  return { ...(command.parent && sharedOf(command.parent)), ...command.opts<Shared>() };
}

async function configure(_skein: Command, action: Command): Promise<void> {
  const { config, printConfig, json } = sharedOf(action);
  if (json) action.setOptionValue('json', true);
  if (config === undefined && printConfig === undefined) return;
  const settings = await import('./settings.ts');
  if (config !== undefined) await settings.useConfigFile(config);
  if (printConfig === undefined) return;
  try {
    await settings.printConfig(json === true);
  } catch (error) {
    tell(error);
    throw new CommanderError(Number(process.exitCode), 'skein.told', '');
  }
  throw new CommanderError(0, 'skein.printConfig', '');
}

/** `skein` alone, or with a word that is no command. */
async function noCommand(skein: Command): Promise<void> {
  const [word] = skein.args;
  if (word === undefined) skein.help({ error: true });
  const { nearest } = await import('@skein/config');
  const near = nearest(
    word,
    new Help().visibleCommands(skein).map((command) => command.name()),
  );
  skein.error(`error: unknown command '${word}'${near === undefined ? '' : `\n(Did you mean ${near}?)`}`);
}

function version(): string {
  const manifest: { version: string } = createRequire(import.meta.url)('../package.json');
  return manifest.version;
}
