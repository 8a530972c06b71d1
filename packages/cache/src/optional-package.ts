/** Libraries that only some caches need. They are the user's to install. */
import { optionalPackages } from '@skein/codec/node';
import { CacheError } from './errors.ts';

/** Takes the name of a library, and what is done with it. An error that is `unsupported` says what to install. */
export const loadPackage: <Module>(name: string, use: string) => Promise<Module> = optionalPackages({
  url: import.meta.url,
  import: (name) => import(name) as Promise<unknown>,
  missing: (needed, use, cause) =>
    new CacheError(
      'unsupported',
      `${use} uses the package ${needed}, which is not installed here: npm install ${needed}`,
      { cause },
    ),
});
