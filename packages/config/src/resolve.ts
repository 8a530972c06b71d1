import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { check, type Entry, type Foreign } from './check.ts';
import { Config } from './config.ts';
import { ConfigError, type ConfigIssue } from './errors.ts';
import type { Schema, Values } from './field.ts';
import { findProjectFile, findUserFile, readConfigFile } from './files.ts';
import { OPTIONS, type Source, variable } from './source.ts';
import { checkVariables, type Environment } from './variables.ts';

/** Where configuration is looked for. */
export interface ResolveOptions {
  /** What the program says itself; it wins over everything. */
  readonly explicit?: unknown;
  /** @default process.env */
  readonly env?: Environment;
  /** Where the search upwards for `skein.config.*` begins. @default process.cwd() */
  readonly cwd?: string;
  /** The user's home. @default os.homedir() */
  readonly home?: string;
  /**
   * Top-level keys that other packages read from the same files; they are neither checked nor unknown. `all`: for
   * packages that read a section of their own and leave the rest to others.
   */
  readonly foreign?: Foreign;
}

/**
 * Checks what a program says itself, at once: for constructors, which cannot wait for files.
 *
 * @throws {ConfigError} with everything that is wrong.
 */
export function checkConfig<S extends Schema>(schema: S, explicit: unknown): Values<S> {
  const { entries, issues } = check(schema, explicit ?? {}, OPTIONS);
  if (issues.length > 0) throw new ConfigError(issues);
  return new Config<S>(entries).values;
}

/**
 * Finds, checks and merges all configuration, value by value; the first that says a value wins:
 *
 * 1. `explicit`;
 * 2. single variables, such as `SKEIN_BACKEND` (see `variableName`);
 * 3. `SKEIN_CONFIG`: JSON, or the path of a file. It stands in the place of 4;
 * 4. `skein.config.{ts,mjs,json,yaml}`, in the nearest directory upwards from the working directory;
 * 5. `~/.config/skein/config.yaml`.
 *
 * @throws {ConfigError} with everything that is wrong in all of them.
 */
export async function resolveConfig<S extends Schema>(
  schema: S,
  options: ResolveOptions = {},
): Promise<Config<S>> {
  const { explicit = {}, env = process.env, cwd = process.cwd(), home = homedir(), foreign = [] } = options;
  const entries: Entry[] = [];
  const issues: ConfigIssue[] = [];
  const add = (checked: {
    readonly entries: readonly Entry[];
    readonly issues: readonly ConfigIssue[];
  }): void => {
    entries.push(...checked.entries);
    issues.push(...checked.issues);
  };
  const addFile = async (path: string, kind: 'file' | 'user-file'): Promise<void> => {
    const source: Source = { kind, label: path };
    try {
      add(check(schema, await readConfigFile(path), source, foreign));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      issues.push(...error.issues);
    }
  };

  add(check(schema, explicit, OPTIONS));
  add(checkVariables(schema, env));
  const { SKEIN_CONFIG: inline = '', XDG_CONFIG_HOME: configHome } = env;
  if (inline.trimStart().startsWith('{')) add(checkInline(schema, inline, foreign));
  else if (inline !== '') await addFile(resolve(cwd, inline), 'file');
  else {
    try {
      const project = findProjectFile(resolve(cwd));
      if (project !== undefined) await addFile(project, 'file');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      issues.push(...error.issues);
    }
  }
  const user = findUserFile(home, configHome);
  if (user !== undefined) await addFile(user, 'user-file');
  if (issues.length > 0) throw new ConfigError(issues);
  return new Config<S>(entries);
}

function checkInline(schema: Schema, text: string, foreign: Foreign): ReturnType<typeof check> {
  const source: Source = { ...variable('SKEIN_CONFIG'), kind: 'inline' };
  try {
    return check(schema, JSON.parse(text), source, foreign);
  } catch (cause) {
    // The parser quotes the text, which may hold secrets.
    const message = `is no JSON object${cause instanceof SyntaxError ? positionOf(cause) : ''}`;
    return { entries: [], issues: [{ kind: 'unreadable', path: '', source: source.label, message }] };
  }
}

function positionOf(error: SyntaxError): string {
  const position = /position (\d+)/.exec(error.message)?.[1];
  return position === undefined ? '' : ` (at character ${position})`;
}
