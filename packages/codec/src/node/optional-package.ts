/** Packages that are the user's to install, loaded when something needs them, also from a bundle, which lies beside no packages. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface OptionalPackages {
  /** `import.meta.url` of the module that loads them: packages beside it come first. */
  readonly url: string;
  /** `(name) => import(name)` of that module. The name is no literal, so that no bundler takes the package along. */
  import(name: string): Promise<unknown>;
  /**
   * What is told where there is none.
   *
   * @param needed the package, without a path within it
   * @param use as given to the loader
   */
  missing(needed: string, use: string, cause: unknown): Error;
}

/**
 * Makes what loads packages: the one beside the module that asks, else that of the program that runs. It tells of a package that is
 * there and does not work by its own error.
 */
export function optionalPackages(
  own: OptionalPackages,
): <Module>(name: string, use: string) => Promise<Module> {
  // Readers ask for each piece of work: where a program has hooks for `import`, each would cost a trip to them.
  const loaded = new Map<string, Promise<unknown>>();
  return <Module>(name: string, use: string): Promise<Module> => {
    let module = loaded.get(name);
    if (module === undefined) {
      module = load(own, name, use);
      loaded.set(name, module);
      module.catch(() => loaded.delete(name)); // it may be there at the next attempt
    }
    return module as Promise<Module>;
  };
}

async function load(own: OptionalPackages, name: string, use: string): Promise<unknown> {
  const needed = /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
  try {
    return await own.import(name);
  } catch (cause) {
    if (!isMissing(cause, needed)) throw cause;
    const file = fileOfProgram(own.url, name);
    if (file === undefined) throw own.missing(needed, use, cause);
    return (await import(pathToFileURL(file).href)) as unknown;
  }
}

/**
 * Where it is for a bundle. On the machine of the program a bundled module still tells the place of its source, and the package is
 * beside that; elsewhere it is that of the working directory, or of the agent.
 */
function fileOfProgram(url: string, name: string): string | undefined {
  const agent = dirname(process.argv[1] ?? '');
  for (const place of [url, join(process.cwd(), 'module.js'), join(agent, 'module.js')]) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // Not there.
    }
  }
  return undefined;
}

function isMissing(cause: unknown, name: string): boolean {
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  if (code === 'ERR_UNSUPPORTED_RESOLVE_REQUEST') return true; // of a module that has no place
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return missing && String(message).includes(name);
}
