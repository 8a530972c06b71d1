import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { ConfigError } from './errors.ts';
import { lineOf } from './line.ts';

const NAMES = ['skein.config.ts', 'skein.config.mjs', 'skein.config.json', 'skein.config.yaml'] as const;

/** The file of the project: in the nearest directory upwards that has one. Two in one directory are an error: neither is the right one. */
export function findProjectFile(cwd: string): string | undefined {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const found = NAMES.map((name) => join(directory, name)).filter((path) => existsSync(path));
    if (found.length > 1) {
      throw new ConfigError([
        {
          kind: 'ambiguous',
          path: '',
          source: directory,
          message: `only one of ${found.join(' and ')} may exist`,
        },
      ]);
    }
    if (found[0] !== undefined) return found[0];
    if (dirname(directory) === directory) return undefined;
  }
}

/** The file of the user, if there is one. */
export function findUserFile(home: string, configHome: string | undefined): string | undefined {
  const path = join(configHome || join(home, '.config'), 'skein', 'config.yaml');
  return existsSync(path) ? path : undefined;
}

/** What a configuration file says. Loaders of TypeScript and YAML are loaded when such a file exists. */
export async function readConfigFile(path: string): Promise<unknown> {
  try {
    const kind = kindOf(path);
    switch (kind) {
      case 'json':
        return JSON.parse(await readFile(path, 'utf8')) as unknown;
      case 'yaml':
        return yamlOf(await import('yaml'), await readFile(path, 'utf8'));
      case 'javascript':
      case 'typescript': {
        const module: unknown =
          kind === 'javascript'
            ? await import(pathToFileURL(path).href)
            : await (await import('jiti')).createJiti(import.meta.url).import(path);
        const content: unknown = await defaultOf(module);
        awaited.set(path, content);
        return content;
      }
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The same, at once. A module that awaits something must have been read by {@link readConfigFile} before. */
export function readConfigFileSync(path: string): unknown {
  try {
    const kind = kindOf(path);
    switch (kind) {
      case 'json':
        return JSON.parse(readFileSync(path, 'utf8')) as unknown;
      case 'yaml':
        return yamlOf(load<typeof import('yaml')>('yaml'), readFileSync(path, 'utf8'));
      case 'javascript':
        return contentOf(path, () => {
          const module = load(path);
          return types.isModuleNamespaceObject(module) ? module : { default: module };
        });
      case 'typescript':
        return contentOf(path, () => load<typeof import('jiti')>('jiti').createJiti(import.meta.url)(path));
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** What modules say that were read asynchronously, by their paths: a module runs once in a process, whoever asks. */
const awaited = new Map<string, unknown>();

/** What a module says that is run at once. */
function contentOf(path: string, run: () => unknown): unknown {
  try {
    const content = defaultOf(run());
    if (!types.isPromise(content)) return content;
    // Nobody will ask for it: that it fails is no news.
    content.catch(() => {});
  } catch (error) {
    if (!isAsynchronous(error)) throw error;
  }
  if (awaited.has(path)) return awaited.get(path);
  throw new Error(
    'it awaits something, and was needed at once: export a plain object, or first await something that reads it, ' +
      'such as `await connect()`',
  );
}

/** Whether a module has to be awaited: its own `await`, that of one it imports, or somebody who is importing it just now. */
function isAsynchronous(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
  return (
    code === 'ERR_REQUIRE_ASYNC_MODULE' ||
    code === 'ERR_REQUIRE_ESM_RACE_CONDITION' ||
    (error instanceof SyntaxError && /\bawait\b/.test(error.message))
  );
}

function kindOf(path: string): 'json' | 'yaml' | 'javascript' | 'typescript' {
  switch (extname(path)) {
    case '.json':
      return 'json';
    case '.yaml':
    case '.yml':
      return 'yaml';
    case '.mjs':
    case '.js':
      return 'javascript';
    case '.ts':
    case '.mts':
      return 'typescript';
    default:
      throw new Error('its name must end in .ts, .mjs, .json or .yaml');
  }
}

/** An empty file, or one of comments, says nothing. */
function yamlOf({ parse }: typeof import('yaml'), text: string): unknown {
  return (parse(text) as unknown) ?? {};
}

function defaultOf(module: unknown): unknown {
  if (typeof module === 'object' && module !== null && 'default' in module && module.default !== undefined)
    return module.default;
  throw new Error('it must export the configuration as default: `export default { … }`');
}

/** Loads a package or a file at once: Node does so with ES modules too, from 20.19 on. */
function load<T = unknown>(specifier: string): T {
  const here: string | undefined = import.meta.url; // none in a script that this was bundled into
  return createRequire(here ?? join(process.cwd(), 'package.json'))(specifier) as T;
}

function unreadable(path: string, cause: unknown): ConfigError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const line = lineOf(cause, path);
  const where = line === undefined || reason.includes(`line ${line}`) ? '' : ` at line ${line}`;
  const message = `cannot be read${where}: ${reason}`;
  return new ConfigError([{ kind: 'unreadable', path: '', source: path, message }], { cause });
}
