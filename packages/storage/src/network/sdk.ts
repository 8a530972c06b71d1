/**
 * The libraries of services. They are the user's to install, and only what is used is loaded. Their names are no
 * literals of `import`, so that no bundler puts all of them into every function and every agent.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StorageError } from '../errors.ts';

/** Loads the library of a service: the one beside this package, else the one of the program that runs. */
export async function loadSdk<Module>(kind: string, name: string): Promise<Module> {
  try {
    return (await import(name)) as Module;
  } catch (cause) {
    if (!isMissing(cause, name)) throw cause;
    const file = fileOfProgram(name);
    if (file !== undefined) return (await import(pathToFileURL(file).href)) as Module;
    throw new StorageError(
      'bad-config',
      `${kind} storage uses the package ${name}, which is not installed here: npm install ${name}`,
      { cause },
    );
  }
}

/** Where it is for a bundle, which lies beside no packages. */
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

function isMissing(cause: unknown, name: string): boolean {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  if (code === 'ERR_UNSUPPORTED_RESOLVE_REQUEST') return true; // of a module that has no place
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return missing && String(message).includes(name);
}
