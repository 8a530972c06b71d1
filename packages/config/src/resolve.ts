import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { check, type Entry, type Foreign } from './check.ts';
import { Config } from './config.ts';
import { ConfigError, type ConfigIssue } from './errors.ts';
import type { Schema, Values } from './field.ts';
import { findProjectFile, findUserFile, readConfigFile, readConfigFileSync } from './files.ts';
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
 * Checks what a program says itself, at once: for constructors that leave reading files to the first operation.
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
  const found = find(schema, options);
  const contents = await Promise.allSettled(found.files.map(({ label }) => readConfigFile(label)));
  return merge(schema, found, contents, options.foreign);
}

/**
 * The same as {@link resolveConfig}, at once, for who cannot wait. A `skein.config.{ts,mjs}` that awaits something, at
 * its top level or by a promise as its default export, cannot be read so, unless `resolveConfig` has read it before.
 *
 * @throws {ConfigError} as `resolveConfig`, and for a file that has to be awaited.
 */
export function resolveConfigSync<S extends Schema>(schema: S, options: ResolveOptions = {}): Config<S> {
  const found = find(schema, options);
  const contents = found.files.map(({ label }): PromiseSettledResult<unknown> => {
    try {
      return { status: 'fulfilled', value: readConfigFileSync(label) };
    } catch (reason) {
      return { status: 'rejected', reason };
    }
  });
  return merge(schema, found, contents, options.foreign);
}

/** What is known before files are read. */
interface Found {
  readonly entries: readonly Entry[];
  readonly issues: readonly ConfigIssue[];
  /** Those to be read; earlier ones win. */
  readonly files: readonly Source[];
}

function find(schema: Schema, options: ResolveOptions): Found {
  const { explicit = {}, env = process.env, cwd = process.cwd(), home = homedir(), foreign = [] } = options;
  const { SKEIN_CONFIG: inline = '', XDG_CONFIG_HOME: configHome } = env;
  const checked = [check(schema, explicit, OPTIONS), checkVariables(schema, env)];
  const files: Source[] = [];
  if (inline.trimStart().startsWith('{')) checked.push(checkInline(schema, inline, foreign));
  else if (inline !== '') files.push({ kind: 'file', label: resolve(cwd, inline) });
  else {
    try {
      const project = findProjectFile(resolve(cwd));
      if (project !== undefined) files.push({ kind: 'file', label: project });
    } catch (error) {
      checked.push({ entries: [], issues: issuesOf(error) });
    }
  }
  const user = findUserFile(home, configHome);
  if (user !== undefined) files.push({ kind: 'user-file', label: user });
  return {
    entries: checked.flatMap(({ entries }) => entries),
    issues: checked.flatMap(({ issues }) => issues),
    files,
  };
}

/** @param contents of the files, or why they cannot be read */
function merge<S extends Schema>(
  schema: S,
  found: Found,
  contents: readonly PromiseSettledResult<unknown>[],
  foreign: Foreign = [],
): Config<S> {
  const entries = [...found.entries];
  const issues = [...found.issues];
  for (const [i, content] of contents.entries()) {
    if (content.status === 'rejected') issues.push(...issuesOf(content.reason));
    else {
      const checked = check(schema, content.value, found.files[i]!, foreign);
      entries.push(...checked.entries);
      issues.push(...checked.issues);
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return new Config<S>(entries);
}

/** Of a source that cannot be used. What else goes wrong is no matter of configuration. */
function issuesOf(error: unknown): ConfigIssue[] {
  if (error instanceof ConfigError) return [...error.issues];
  throw error;
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
