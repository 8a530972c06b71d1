/**
 * Which keys a server keeps that stores objects as files, as MinIO does. Some of the others it refuses, and some it
 * quietly takes for another key ('/a' for 'a'): they are refused before they are sent.
 */
import { quote, StorageError } from '../errors.ts';

const MAX_NAME_BYTES = 255;

/** @throws {StorageError} `bad-argument` with the reason */
export function checkMinioKey(bucket: string, key: string): void {
  const reason = reasonAgainst(key);
  if (reason === undefined) return;
  throw new StorageError(
    'bad-argument',
    `MinIO cannot keep ${quote(key)} in bucket ${quote(bucket)}: it stores objects as files, and ${reason}`,
    { bucket, key },
  );
}

/** Whether the server can have an object of this key. */
export function isMinioKey(key: string): boolean {
  return reasonAgainst(key) === undefined;
}

/** Whether the server can have a key that begins so: what stands before its last slash is as it would be in a key. */
export function canBeginMinioKey(prefix: string): boolean {
  const complete = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const rest = prefix.slice(complete.length);
  return (complete === '' || isMinioKey(complete)) && (rest === '' || isMinioKey(`${rest}x`));
}

/** Why the server would not keep the object; undefined when it does. */
function reasonAgainst(key: string): string | undefined {
  if (key.includes('\0')) return 'the name of a file holds no NUL';
  // One slash at the end is part of the key.
  for (const name of key.replace(/\/$/, '').split('/')) {
    if (name === '') return 'there is no name before a slash, or between two';
    if (name === '.' || name === '..') return `${quote(name)} is no name of a file`;
    if (Buffer.byteLength(name) > MAX_NAME_BYTES)
      return `a name between slashes has at most ${MAX_NAME_BYTES} bytes`;
  }
  return undefined;
}
