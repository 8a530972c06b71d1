/** Small things that the files of this tier have in common. */
import { randomBytes } from 'node:crypto';
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { codeOf } from '../errors.ts';
import { ownIdentity, type ProcessIdentity } from './process-identity.ts';

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** The result of `work`, or undefined where the file is not there. */
export function ifThere<R>(work: () => R): R | undefined {
  try {
    return work();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A name that no other process takes, and that tells whose it is. */
export function temporaryName(): string {
  const { place, pid, start } = ownIdentity();
  return [shortened(place), pid, start, randomBytes(6).toString('hex')].join('-');
}

/** Of whom a temporary name is; undefined when that is nobody whose life can be seen from here. */
export function ownerOf(name: string): ProcessIdentity | undefined {
  const { place } = ownIdentity();
  const [, where, pid, start = ''] = /^([0-9a-f]+)-(\d+)-(\d*)-[0-9a-f]+$/.exec(name) ?? [];
  return where === shortened(place) ? { place, pid: Number(pid), start } : undefined;
}

function shortened(place: string): string {
  return crc32(place).toString(16);
}

/** Makes a file with its content at once, if there is none: of any number of processes one does. */
export function createFile(temporary: string, path: string, content: string): boolean {
  writeFileSync(temporary, content, { mode: 0o600 });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
