import { readlinkSync } from 'node:fs';
import { isRunning, processPlace, startOf } from '@skein/codec/node';

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
  return !isRunning(id, start);
}

let own: string | undefined;
let scope: string | undefined;

function ownThread(): string {
  // Answered for the thread that asks, because synchronous calls run on it.
  const link = readOr(() => readlinkSync('/proc/thread-self'), '');
  const id = link.split('/').at(-1) || String(process.pid);
  return `${id}.${startOf(Number(id))}`;
}

function scopeName(): string {
  if (scope === undefined) {
    const { host, boot, namespace } = processPlace();
    scope = hashName(`${host} ${boot} ${namespace}`);
  }
  return scope;
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
