import { statSync } from 'node:fs';
import path from 'node:path';

/** What a file's status says of its content: enough to notice every edit, replacement and touch. */
type Fingerprint = string;

/** The clock by which file systems stamp changes runs behind `Date.now()`, by up to a tick of the kernel. */
export const clockLagMs = 20;

/** How long files inside installed packages are taken to be as they were: a bundle can have a thousand of them. */
const installedMs = 1_000;

/** The state of the files that a build read. */
export class InputState {
  readonly #own: ReadonlyMap<string, Fingerprint>;
  readonly #installed: ReadonlyMap<string, Fingerprint>;
  #installedSeen = performance.now();

  private constructor(all: ReadonlyMap<string, Fingerprint>) {
    this.#own = new Map([...all].filter(([file]) => !isInstalled(file)));
    this.#installed = new Map([...all].filter(([file]) => isInstalled(file)));
  }

  /**
   * The state of files that were read since `startedMs`; undefined when one changed meanwhile, so that nobody can
   * say which content was read.
   */
  static of(files: readonly string[], startedMs: number): InputState | undefined {
    const taken = new Map<string, Fingerprint>();
    for (const file of files) {
      const status = statSync(file, { bigint: true, throwIfNoEntry: false });
      if (!status || status.ctimeMs >= BigInt(Math.floor(startedMs - clockLagMs))) return undefined;
      taken.set(file, fingerprint(status));
    }
    return new InputState(taken);
  }

  /**
   * Whether no file has changed since. A file that was only touched counts as changed: building again gives the
   * same text, and so the same hash. The user's own files and the manifests of packages, by which another version
   * shows, are looked at each time; other files of packages once a second.
   */
  isCurrent(): boolean {
    if (!areUnchanged(this.#own)) return false;
    const now = performance.now();
    if (now - this.#installedSeen < installedMs) return true;
    this.#installedSeen = now;
    return areUnchanged(this.#installed);
  }
}

function isInstalled(file: string): boolean {
  return file.includes('/node_modules/') && path.basename(file) !== 'package.json';
}

function areUnchanged(files: ReadonlyMap<string, Fingerprint>): boolean {
  for (const [file, before] of files) {
    const status = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (!status || fingerprint(status) !== before) return false;
  }
  return true;
}

function fingerprint(status: { ctimeNs: bigint; mtimeNs: bigint; ino: bigint; size: bigint }): Fingerprint {
  return `${status.ctimeNs} ${status.mtimeNs} ${status.ino} ${status.size}`;
}
