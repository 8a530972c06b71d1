/** Libraries that only some caches need. They are the user's to install, and loaded on first use. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CacheError, codeOf } from './errors.ts';

const loading = new Map<string, Promise<unknown>>();

/**
 * Loads a library. Its name is no literal of `import`, so that bundlers do not put it into every function that uses a cache.
 *
 * @param use what is done with it, for the error
 * @throws {CacheError} `unsupported` when it is not installed
 */
export function loadPeer<Module>(name: string, use: string): Promise<Module> {
  let module = loading.get(name);
  if (module === undefined) {
    module = load(name).catch((cause: unknown) => {
      loading.delete(name);
      const message = `${use} uses the package ${name}, which could not be loaded: npm install ${name}`;
      throw new CacheError('unsupported', message, { cause });
    });
    loading.set(name, module);
  }
  return module as Promise<Module>;
}

/** Beside this package, else in the project or beside the program, when this code was bundled into a file elsewhere. */
async function load(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    const isMissing = ['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_RESOLVE_REQUEST'].includes(
      String(codeOf(error)),
    );
    const file = isMissing ? fileOfProgram(name) : undefined;
    if (file === undefined) throw error;
    return await import(pathToFileURL(file).href);
  }
}

function fileOfProgram(name: string): string | undefined {
  for (const folder of [process.cwd(), dirname(process.argv[1] ?? '')]) {
    try {
      return createRequire(join(folder, 'module.js')).resolve(name);
    } catch {
      // Not there.
    }
  }
  return undefined;
}
