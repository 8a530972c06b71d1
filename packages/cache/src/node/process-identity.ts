/**
 * Names a process so that others of the machine can tell later whether it still lives: a number alone is given again, and means
 * nothing in another container or after a restart.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  /** Host, which run of it, and which namespace of process numbers, as far as the system tells. */
  readonly place: string;
  readonly pid: number;
  /** When it started, in ticks since the boot; empty where the system does not tell. */
  readonly start: string;
}

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= { place: ownPlace(), pid: process.pid, start: statusOf(process.pid)?.start ?? '' };
  return own;
}

/** Whether the process lives; `undefined` when that cannot be told from here. */
export function isAlive({ place, pid, start }: ProcessIdentity): boolean | undefined {
  if (place !== ownIdentity().place) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM is somebody else's process, and there.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const status = statusOf(pid);
  if (status === undefined) return true;
  return status.state !== 'Z' && (start === '' || status.start === start);
}

/** @returns `undefined` for what names no process. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { place, pid, start } = value as Record<string, unknown>;
  if (typeof place !== 'string' || typeof start !== 'string') return undefined;
  return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? { place, pid, start } : undefined;
}

function ownPlace(): string {
  const boot = orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());
  const namespace = orEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, namespace].join(' ');
}

/** See proc(5), /proc/pid/stat: the name of the program is in parentheses and may hold anything. */
function statusOf(pid: number): { readonly state: string; readonly start: string } | undefined {
  const text = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : undefined;
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
