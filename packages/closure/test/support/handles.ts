import { type Portable, portable } from '@skein/codec';

/** A handle that lives in one process only. */
export class Storage {
  readonly entries: Map<string, string> = new Map();
  static readonly [portable]: Portable<Storage, null> = {
    type: 'test:Storage@1',
    module: import.meta.url,
    reach: 'process',
    dehydrate: () => null,
    revive: () => new Storage(),
  };
}

/** What a process on the same machine can reach. */
export const SEPARATE = 'host';
