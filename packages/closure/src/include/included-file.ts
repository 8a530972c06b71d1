import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, type Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { BundleError } from '../bundle/error.ts';
import { clockLagMs } from '../bundle/fingerprint.ts';
import { remembered } from '../remembered.ts';
import { type LoadableFile, sha256 } from './code-file.ts';

/** A file of the user's that travels. Its content is read when it is shipped, and must be what was hashed. */
export class IncludedFile implements LoadableFile {
  readonly path: string;
  readonly hash: string;
  readonly size: number;
  readonly executable: boolean;
  /** Absolute path on this machine. */
  readonly source: string;

  constructor(file: string, source: string, hash: string, status: Stats) {
    this.path = file;
    this.source = source;
    this.hash = hash;
    this.size = status.size;
    this.executable = (status.mode & 0o100) !== 0;
  }

  /** @throws {BundleError} (rejects) when the file has changed since it was hashed. */
  async read(): Promise<Uint8Array> {
    return this.#checked(await readFile(this.source));
  }

  /** As {@link read}, at once. */
  readSync(): Uint8Array {
    return this.#checked(readFileSync(this.source));
  }

  #checked(bytes: Uint8Array): Uint8Array {
    if (sha256(bytes) === this.hash) return bytes;
    throw new BundleError([
      {
        code: 'include',
        text: `include: ${this.source} changed while it was shipped; call again when it is written`,
        file: this.source,
        line: undefined,
        column: undefined,
        specifier: this.path,
      },
    ]);
  }
}

const hashes = new Map<string, { readonly status: string; readonly hash: Promise<string> }>();
/** More files than one `include` can name; beyond, those remembered first are read again. */
const REMEMBERED = 4_096;

/** The SHA-256 of a file's content, read again only when the file's status has changed. */
export async function contentHash(file: string, { ctimeMs, mtimeMs, ino, size }: Stats): Promise<string> {
  const status = `${ctimeMs} ${mtimeMs} ${ino} ${size}`;
  if (hashes.get(file)?.status !== status) hashes.delete(file);
  const { hash } = remembered(hashes, file, () => ({ status, hash: readHash(file) }));
  // A file written within the clock's last tick can be written again without another status.
  if (ctimeMs >= Date.now() - clockLagMs) hashes.delete(file);
  else if (hashes.size > REMEMBERED) hashes.delete(hashes.keys().next().value!);
  hash.catch(() => hashes.delete(file));
  return hash;
}

async function readHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
