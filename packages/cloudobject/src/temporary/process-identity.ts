/**
 * Names a process so that others can tell later whether it still lives: a number alone is given again, and means
 * nothing on another machine, in another container, or after a restart.
 */
import { isRunning, type ProcessPlace, processPlace, startOf } from '@skein/codec/node';

export interface ProcessIdentity extends ProcessPlace {
  readonly pid: number;
  /** When it started, in ticks since the boot; empty where the system does not tell. */
  readonly start: string;
  /** The same for people: seconds since the epoch. */
  readonly startedTstamp: number;
}

export function ownIdentity(): ProcessIdentity {
  return {
    ...processPlace(),
    pid: process.pid,
    start: startOf(process.pid),
    startedTstamp: performance.timeOrigin / 1000,
  };
}

/** Whether the process lives; `undefined` when that cannot be told from here. */
export function isAlive(one: ProcessIdentity): boolean | undefined {
  const here = processPlace();
  if (one.host !== here.host) return undefined;
  if (one.boot !== here.boot) return one.boot === '' || here.boot === '' ? undefined : false;
  if (one.namespace !== here.namespace) return undefined;
  return isRunning(one.pid, one.start);
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
