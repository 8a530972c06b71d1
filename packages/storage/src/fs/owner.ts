import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who made a lock or a temporary file, as text in its name, so that others can tell whether the maker still lives:
 * `<thread>.<start>.<scope>`. The start time tells a later process of the same number apart; the scope says where the
 * number means anything (this boot of this host, this namespace of process numbers). The thread, not the process: a
 * worker thread may be terminated between two system calls while its process goes on.
 */
export function ownName(): string {
  own ??= `${ownThread()}.${scopeName()}`;
  return own;
}

/** Whether the maker is gone; undefined when that cannot be told from here (another machine, container or boot). */
export function isGone(owner: string): boolean | undefined {
  const [number = '', start = '', scope = ''] = owner.split('.');
  const id = Number(number);
  if (!Number.isSafeInteger(id) || id <= 0 || scope !== scopeName()) return undefined;
  try {
    process.kill(id, 0);
  } catch (error) {
    // EPERM is somebody else's process, and alive.
    if (codeOf(error) === 'ESRCH') return true;
  }
  const status = statusOf(String(id));
  if (status === undefined) return false;
  return status.state === 'Z' || (start !== '' && status.start !== start);
}

let own: string | undefined;
let scope: string | undefined;

function ownThread(): string {
  // Answered for the thread that asks, because synchronous calls run on it.
  const link = readOr(() => readlinkSync('/proc/thread-self'), '');
  const id = link.split('/').at(-1) || String(process.pid);
  return `${id}.${statusOf(id)?.start ?? ''}`;
}

function scopeName(): string {
  if (scope === undefined) {
    const boot = readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'), '');
    const namespace = readOr(() => readlinkSync('/proc/self/ns/pid'), '');
    scope = hashName(`${hostname()} ${boot} ${namespace}`);
  }
  return scope;
}

/** State and start time of a process or thread, where the system has /proc (see proc(5), /proc/pid/stat). */
function statusOf(id: string): { readonly state: string; readonly start: string } | undefined {
  const text = readOr(() => readFileSync(`/proc/${id}/stat`, 'latin1'), '');
  // The name of the program is in parentheses and may hold anything; the third field comes after the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : undefined;
}

/** A short name for any text. Not for secrets: texts that collide merely share a lock. */
export function hashName(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

/** The `code` of a system error. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function readOr<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
