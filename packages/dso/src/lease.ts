import { DsoError } from './errors.ts';

/**
 * What makes shared objects live as long as the program that uses them; the term of Chubby and etcd. Its objects go when
 * the program ends it, or when nothing is heard of it for `ttlMs`.
 */
export interface Lease {
  /** Random: whoever knows it may renew it and end it. */
  readonly id: string;
  readonly ttlMs: number;
}

export const MIN_LEASE_MS = 100;
/** 30 days. */
export const MAX_LEASE_MS = 2_592_000_000;
/** Of ids, characters: nodes remember them. */
export const MAX_LEASE_ID = 64;

/** A lease as handles take it along: their state is short. */
export function leaseText({ id, ttlMs }: Lease): string {
  return `${ttlMs} ${id}`;
}

export function leaseOf(text: string): Lease {
  const [, ttlMs, id = ''] = /^(\d{1,10}) (\S+)$/.exec(text) ?? [];
  if (id === '' || id.length > MAX_LEASE_ID)
    throw new DsoError('bad-argument', `no lease of a shared object is written '${text}'`);
  return { id, ttlMs: Number(ttlMs) };
}
