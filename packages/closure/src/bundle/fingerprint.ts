import { statSync } from 'node:fs';

/** What a file's status says of its content: enough to notice every edit, replacement and touch. */
type Fingerprint = string;

/** The state of a build's input files. */
export type Snapshot = ReadonlyMap<string, Fingerprint>;

/** The clock by which file systems stamp changes runs behind `Date.now()`, by up to a tick of the kernel. */
const clockLagMs = 20;

/**
 * The state of files that were read since `startedMs`; undefined when one changed meanwhile, so that nobody can
 * say which content was read.
 */
export function snapshot(files: readonly string[], startedMs: number): Snapshot | undefined {
  const taken = new Map<string, Fingerprint>();
  for (const file of files) {
    const status = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (!status || status.ctimeMs >= BigInt(Math.floor(startedMs - clockLagMs))) return undefined;
    taken.set(file, fingerprint(status));
  }
  return taken;
}

/** Whether no file has changed since. A file that was only touched counts as changed: the build is run again. */
export function isUnchanged(taken: Snapshot): boolean {
  for (const [file, before] of taken) {
    const status = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (!status || fingerprint(status) !== before) return false;
  }
  return true;
}

function fingerprint(status: { ctimeNs: bigint; mtimeNs: bigint; ino: bigint; size: bigint }): Fingerprint {
  return `${status.ctimeNs} ${status.mtimeNs} ${status.ino} ${status.size}`;
}
