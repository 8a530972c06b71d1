import { decode } from '@skein/codec';
import { Storage } from '@skein/storage';

/** The storage of a payload: a handle, which connects when it is first used. */
export function openStorage(encoded: string): Storage {
  const storage = decode(Buffer.from(encoded, 'base64'));
  if (storage instanceof Storage) return storage;
  throw new TypeError('the payload names no storage');
}
