import { createRequire } from 'node:module';

const here = createRequire(import.meta.url);

/**
 * `require` of what this package depends on. A program's bundler may have put this code into another package's
 * file, from where its dependencies cannot be seen: then they are looked for from the package itself.
 */
export function ownRequire<T>(name: string): T {
  return requireFor(name)(name) as T;
}

/** The `require` by which one of this package's dependencies is found. */
export function requireFor(name: string): NodeJS.Require {
  try {
    here.resolve(name);
    return here;
  } catch (error) {
    try {
      return createRequire(here.resolve('@skein/closure/package.json'));
    } catch {
      throw error;
    }
  }
}
