/**
 * The executor's own folder for what must not outlive it: code modules of workers and, when no storage is configured,
 * its storage. Named at once, made when first needed, removed at `close`, at exit, and by the reaper of a killed client.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimFolder } from './clean/scratch-folders.ts';

export class Scratch {
  readonly path: string = join(tmpdir(), `skein-${randomBytes(8).toString('hex')}`);
  #made = false;
  readonly #onExit = (): void => rmSync(this.path, { recursive: true, force: true });

  /** Makes the folder, readable by this user alone. */
  make(): string {
    if (!this.#made) {
      this.#made = true;
      mkdirSync(this.path, { mode: 0o700 });
      claimFolder(this.path);
      process.once('exit', this.#onExit);
    }
    return this.path;
  }

  async remove(): Promise<void> {
    process.off('exit', this.#onExit);
    await rm(this.path, { recursive: true, force: true });
  }
}
