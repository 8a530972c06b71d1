import { decode } from '@skein/codec';
// Registers the class of the handle.
import '@skein/storage';
import type { Storage } from '@skein/storage';

/** The storage of a payload: a handle, which connects when it is first used. */
export function openStorage(encoded: string): Storage {
  const storage = decode<Partial<Storage> | null | undefined>(Buffer.from(encoded, 'base64'));
  // Not by its class: code that was loaded since may have brought another copy of it.
  if (typeof storage?.putObject === 'function') return storage as Storage;
  throw new TypeError('the payload names no storage');
}
