/** The libraries of services. They are the user's to install, and only what is used is loaded. */
import { optionalPackages } from '@skein/codec/node';
import { StorageError } from '../errors.ts';

const load = optionalPackages({
  url: import.meta.url,
  import: (name) => import(name) as Promise<unknown>,
  missing: (needed, kind, cause) =>
    new StorageError(
      'bad-config',
      `${kind} storage uses the package ${needed}, which is not installed here: npm install ${needed}`,
      { cause },
    ),
});

/** @throws {StorageError} `bad-config`, which says what to install */
export function loadSdk<Module>(kind: string, name: string): Promise<Module> {
  return load(name, kind);
}
