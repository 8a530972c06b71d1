import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSet } from '../data/data-set.ts';
import { Child } from './child.ts';
import { type Lease, type Made, Shared } from './shared.ts';

const sets = new Shared();

/**
 * One copy for all who play at a time, made by a process of its own: what that takes is in nobody's heap. It has just been
 * written, so all read it from the system's cache.
 */
export function leaseData(data: DataSet): Promise<Lease> {
  return sets.lease(JSON.stringify(data), () => makeOne(data));
}

async function makeOne(data: DataSet): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-bench-data-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, `data.${data.format}`);
  try {
    const maker = await Child.start(`the maker of ${data.format}`, 'data/make.ts', {
      args: [JSON.stringify(data), path],
    });
    try {
      await maker.line();
    } finally {
      await maker.leave();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { env: { SKEIN_BENCH_DATA: path }, remove };
}
