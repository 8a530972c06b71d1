/** Arrow tables as bytes, and back. */
import { type ArrowLibrary, type ArrowTables, arrowTables, optionalPackages } from '@skein/codec/node';
import { CloudObjectError } from './errors.ts';

const load = optionalPackages({
  url: import.meta.url,
  import: (name) => import(name) as Promise<unknown>,
  missing: (needed, use, cause) =>
    new CloudObjectError(
      'unsupported',
      `${use} ${needed}, which could not be loaded: npm install ${needed}`,
      { cause },
    ),
});

export const tables: ArrowTables = arrowTables(() =>
  load<ArrowLibrary>('apache-arrow', 'Arrow tables are read and written by'),
);
