import type { Storage } from '@skein/storage';
import { processState } from './process-state.ts';

/** By which two storages are the same one, as far as that can be said. */
export function storageId(storage: Storage): string {
  if (storage.config !== undefined) return JSON.stringify(storage.config);
  const { anonymous } = processState();
  let id = anonymous.get(storage);
  if (id === undefined) {
    id = `storage ${processState().things++}`;
    anonymous.set(storage, id);
  }
  return id;
}
