/** Packages that are the user's to install, loaded when something needs them. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeOf, PartitionError } from './errors.ts';

/**
 * Loads a package: the one beside this package, else that of the program that runs. Its name is no literal of an `import`,
 * so that no bundler puts it into every function that reads a partition.
 *
 * @param use what it is for: 'Parquet is read by'
 * @throws {PartitionError} `missing-package`, which says what to install
 */
export function loadPackage<Module>(name: string, use: string): Promise<Module> {
  let module = loaded.get(name);
  if (module === undefined) {
    module = load(name, use);
    loaded.set(name, module);
    module.catch(() => loaded.delete(name)); // it may be there at the next attempt
  }
  return module as Promise<Module>;
}

/** Readers ask for each column of each row group: where a program has hooks for `import`, each would cost a trip to them. */
const loaded = new Map<string, Promise<unknown>>();

async function load(name: string, use: string): Promise<unknown> {
  const needed = /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name; // without the path within it
  try {
    return (await import(name)) as unknown;
  } catch (cause) {
    if (!isMissing(cause, needed)) throw cause;
    const file = fileOfProgram(name);
    if (file !== undefined) return (await import(pathToFileURL(file).href)) as unknown;
    const message = `${use} the package ${needed}, which is not installed here: npm install ${needed}`;
    throw new PartitionError('missing-package', message, { cause });
  }
}

/**
 * Where it is for a bundle, which lies beside no packages. On the machine of the program a bundled module still tells the place
 * of its source, and the package is beside that; elsewhere it is that of the working directory, or of the agent.
 */
function fileOfProgram(name: string): string | undefined {
  const agent = dirname(process.argv[1] ?? '');
  for (const place of [import.meta.url, join(process.cwd(), 'module.js'), join(agent, 'module.js')]) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // Not there.
    }
  }
  return undefined;
}

function isMissing(cause: unknown, name: string): boolean {
  const code = codeOf(cause);
  if (code === 'ERR_UNSUPPORTED_RESOLVE_REQUEST') return true; // of a module that has no place
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return missing && String((cause as Error).message).includes(name);
}
