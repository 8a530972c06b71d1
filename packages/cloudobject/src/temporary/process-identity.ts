/**
 * Names a process so that others can tell later whether it still lives: a number alone is given again, and means
 * nothing on another machine, in another container, or after a restart.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly host: string;
  /** Which run of that host, and which namespace of process numbers; empty where the system does not tell. */
  readonly boot: string;
  readonly namespace: string;
  readonly pid: number;
  /** When it started, in ticks since the boot; empty where the system does not tell. */
  readonly start: string;
  /** The same for people: seconds since the epoch. */
  readonly startedTstamp: number;
}

export function ownIdentity(): ProcessIdentity {
  return {
    ...place(),
    pid: process.pid,
    start: statusOf(process.pid)?.start ?? '',
    startedTstamp: performance.timeOrigin / 1000,
  };
}

/** Whether the process lives; `undefined` when that cannot be told from here. */
export function isAlive(one: ProcessIdentity): boolean | undefined {
  const here = place();
  if (one.host !== here.host) return undefined;
  if (one.boot !== here.boot) return one.boot === '' || here.boot === '' ? undefined : false;
  if (one.namespace !== here.namespace) return undefined;
  try {
    process.kill(one.pid, 0);
  } catch (error) {
    // EPERM is somebody else's process, and there.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const status = statusOf(one.pid);
  if (status === undefined) return true;
  return status.state !== 'Z' && (one.start === '' || status.start === one.start);
}

/** @returns `undefined` for what names no process. */
export function parseIdentity(json: string): ProcessIdentity | undefined {
  try {
    const one = JSON.parse(json) as Partial<ProcessIdentity> | null;
    const texts = [one?.host, one?.boot, one?.namespace, one?.start];
    if (texts.some((text) => typeof text !== 'string')) return undefined;
    return Number.isSafeInteger(one?.pid) && one!.pid! > 0 ? (one as ProcessIdentity) : undefined;
  } catch {
    return undefined;
  }
}

let known: Pick<ProcessIdentity, 'host' | 'boot' | 'namespace'> | undefined;

function place(): Pick<ProcessIdentity, 'host' | 'boot' | 'namespace'> {
  known ??= {
    host: hostname(),
    boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()),
    namespace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
  };
  return known;
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
