/**
 * Names a process so that others of the machine can tell later whether it still lives: a number alone is given again, and means
 * nothing in another container or after a restart.
 */
import { isRunning, processPlace, startOf } from '@skein/codec/node';

export interface ProcessIdentity {
  /** Host, which run of it, and which namespace of process numbers, as far as the system tells. */
  readonly place: string;
  readonly pid: number;
  /** When it started, in ticks since the boot; empty where the system does not tell. */
  readonly start: string;
}

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= { place: ownPlace(), pid: process.pid, start: startOf(process.pid) };
  return own;
}

/** Whether the process lives; `undefined` when that cannot be told from here. */
export function isAlive({ place, pid, start }: ProcessIdentity): boolean | undefined {
  return place === ownIdentity().place ? isRunning(pid, start) : undefined;
}

/** @returns `undefined` for what names no process. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { place, pid, start } = value as Record<string, unknown>;
  if (typeof place !== 'string' || typeof start !== 'string') return undefined;
  return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? { place, pid, start } : undefined;
}

function ownPlace(): string {
  const { host, boot, namespace } = processPlace();
  return [host, boot, namespace].join(' ');
}
