import type { StorageConfig } from '../config.ts';
import { Storage } from '../storage.ts';

/** The storage that an option names: one of any copy of the package, or how to open one. */
export function openStorage(named: Storage | StorageConfig): Storage {
  return isStorage(named) ? named : new Storage(named);
}

function isStorage(value: Storage | StorageConfig | null): value is Storage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'putObject' in value &&
    typeof value.putObject === 'function'
  );
}
