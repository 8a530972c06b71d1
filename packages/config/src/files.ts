import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
    switch (extname(path)) {
      case '.json':
        return JSON.parse(await readFile(path, 'utf8')) as unknown;
      case '.yaml':
      case '.yml': {
        const { parse } = await import('yaml');
        // An empty file, or one of comments, says nothing.
        return (parse(await readFile(path, 'utf8')) as unknown) ?? {};
      }
      case '.mjs':
      case '.js':
        return defaultOf(await import(pathToFileURL(path).href));
      case '.ts':
      case '.mts': {
        const { createJiti } = await import('jiti');
        return defaultOf(await createJiti(import.meta.url).import(path));
      }
      default:
        throw new Error('its name must end in .ts, .mjs, .json or .yaml');
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const line = await lineOf(cause, path);
    const where = line === undefined || reason.includes(`line ${line}`) ? '' : ` at line ${line}`;
    const message = `cannot be read${where}: ${reason}`;
    throw new ConfigError([{ kind: 'unreadable', path: '', source: path, message }], { cause });
  }
}

function defaultOf(module: unknown): unknown {
  if (typeof module === 'object' && module !== null && 'default' in module && module.default !== undefined)
    return module.default;
  throw new Error('it must export the configuration as default: `export default { … }`');
}
