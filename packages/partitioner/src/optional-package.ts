/** Packages that only some formats need. They are the user's to install. */
import { optionalPackages } from '@skein/codec/node';
import { PartitionError } from './errors.ts';

/** Takes the name of a package, and what it is for: 'Parquet is read by'. `missing-package` says what to install. */
export const loadPackage: <Module>(name: string, use: string) => Promise<Module> = optionalPackages({
  url: import.meta.url,
  import: (name) => import(name) as Promise<unknown>,
  missing: (needed, use, cause) =>
    new PartitionError(
      'missing-package',
      `${use} the package ${needed}, which is not installed here: npm install ${needed}`,
      { cause },
    ),
});
