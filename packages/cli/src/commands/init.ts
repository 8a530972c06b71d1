import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Storage } from '@skein/storage';
import { type Choices, configFile, defaults } from '../config-template.ts';
import { CommandError } from '../failure.ts';
import { isInteractive, paint, print } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** What the command line says; nothing of it is asked again. */
export interface InitOptions extends Partial<Choices> {
  readonly yes?: true;
  readonly force?: true;
}

const names = ['skein.config.ts', 'skein.config.mjs', 'skein.config.json', 'skein.config.yaml'] as const;

export async function init(folder: string, options: InitOptions): Promise<void> {
  const { yes = false, force = false, ...words } = options;
  check(folder, words);
  if (!yes && !isInteractive())
    throw new UsageError(
      'init asks, and nobody is here to answer: say --yes, and what you want by options (see skein init --help)',
    );
  const existing = existingFormat(folder, words.format);
  const said = existing === undefined ? words : { ...words, format: existing };
  const choices: Choices = yes ? { ...defaults, ...said } : await ask(said);
  const path = join(folder, `skein.config.${choices.format}`);
  if (existing !== undefined && !force) await allow(path, yes);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, configFile(choices));
  printNext(path);
}

function check(folder: string, said: Partial<Choices>): void {
  const entry = statSync(folder, { throwIfNoEntry: false });
  if (entry !== undefined && !entry.isDirectory())
    throw new UsageError(`cannot write a configuration into '${folder}': expected a folder, found a file`);
  if (said.storage !== undefined && said.storage !== '') new Storage(said.storage); // opens nothing
  if (said.isolation !== undefined && said.backend !== undefined && said.backend !== 'localhost')
    throw new UsageError(`--isolation is for the backend 'localhost', not for '${said.backend}'`);
}

/** Questions are loaded when somebody is there to be asked. */
async function ask(said: Partial<Choices>): Promise<Choices> {
  const { askChoices } = await import('../questions.ts');
  const choices = await askChoices(said);
  if (choices === undefined) throw new CommandError('nothing was written');
  return choices;
}

/** Two configurations in one folder would be an error: what is there can be overwritten, or is in the way. */
function existingFormat(
  folder: string,
  wanted: Choices['format'] | undefined,
): Choices['format'] | undefined {
  const existing = names.filter((name) => existsSync(join(folder, name)));
  const own = (['ts', 'yaml'] as const).find((format) => existing.join() === `skein.config.${format}`);
  if (existing.length === 0 || (own !== undefined && (wanted ?? own) === own)) return own;
  throw new CommandError(
    `${existing.map((name) => join(folder, name)).join(' and ')} is there already, and only one configuration may be in a folder: remove it first`,
  );
}

/** Nothing is overwritten unasked. */
async function allow(path: string, yes: boolean): Promise<void> {
  if (yes) throw new CommandError(`${path} exists: nothing was written; --force overwrites it`);
  const { agrees } = await import('../questions.ts');
  if (!(await agrees(`${path} exists. Overwrite it?`)))
    throw new CommandError(`${path} exists: nothing was written`);
}

function printNext(path: string): void {
  const shown = relative(process.cwd(), path) || path;
  print(`${paint('green', '✓')} ${shown} is written.\n\n${paint('bold', 'Next:')}`);
  print(`  ${paint('cyan', 'skein test'.padEnd(22))}check the backend and the storage step by step`);
  print(`  ${paint('cyan', 'skein --print-config'.padEnd(22))}see every value and where it was said`);
}
