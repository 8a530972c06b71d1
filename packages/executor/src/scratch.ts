/**
 * The executor's own folder for what must not outlive it: code modules of workers and, when no storage is configured,
 * its storage. Named at once, made when first needed, removed at `close`, at exit, and by the reaper of a killed client.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';
import { claimFolder } from './clean/scratch-folders.ts';

export class Scratch {
  readonly path: string = join(tmpdir(), `skein-${randomBytes(8).toString('hex')}`);
  #made = false;
  #stayAtExit: (() => void) | undefined;

  /** Makes the folder, readable by this user alone. */
  make(): string {
    if (!this.#made) {
      this.#made = true;
      mkdirSync(this.path, { mode: 0o700 });
      claimFolder(this.path);
      this.#stayAtExit = atExit(() => rmSync(this.path, { recursive: true, force: true }));
    }
    return this.path;
  }

  async remove(): Promise<void> {
    this.#stayAtExit?.();
    await rm(this.path, { recursive: true, force: true });
  }
}
