import { type CleanedCaches, cleanCaches } from '@skein/cache';
import { clean as cleanScope, type Removed, sweep } from '@skein/cloudobject';
import { cleanLeftovers, type Leftovers, type RemovedLeftover } from '@skein/executor';
import type { Storage } from '@skein/storage';
import { openStorage } from '../settings.ts';
import { paint, print, printJson, table, visible } from '../terminal.ts';
import { bytes, count } from '../units.ts';
import { UsageError } from '../usage-error.ts';

/** What was done in a named scope of cloud objects. */
interface CleanedScope {
  readonly scope: string;
  readonly removed: Removed;
  /** Where it was counted. */
  readonly kept?: Removed;
}

interface Cleaned extends Leftovers {
  readonly scopes: readonly CleanedScope[];
  readonly caches: CleanedCaches;
  readonly dryRun: boolean;
}

export async function clean(options: {
  olderThan?: number;
  all?: true;
  executor?: string;
  scope?: string;
  dryRun?: true;
  storage?: string;
  json?: true;
}): Promise<void> {
  const { olderThan, all, executor, scope, dryRun = false } = options;
  if (all && olderThan !== undefined)
    throw new UsageError('--all and --older-than contradict each other: say one of them');
  if (executor !== undefined && scope !== undefined)
    throw new UsageError('--executor and --scope contradict each other: say one of them');
  if (scope !== undefined && ['executor', 'job', 'program'].includes(scope))
    throw new UsageError(`'${scope}' is no named scope: what programs keep goes with them, see --executor`);
  const storage = await openStorage(options.storage);
  const olderThanMs = all ? 0 : olderThan;
  const age = olderThanMs === undefined ? {} : { olderThanMs };
  const none: Leftovers = { removed: [], kept: [], folders: [] };
  const leftovers =
    scope === undefined
      ? await cleanLeftovers({
          dryRun,
          ...age,
          ...(options.storage !== undefined && { storage: options.storage }),
          ...(executor !== undefined && { executorId: executor }),
        })
      : none;
  const scopes =
    scope !== undefined
      ? [{ scope, removed: await cleanScope(scope, { storage, dryRun, ...age }) }]
      : executor === undefined
        ? await swept(storage, dryRun)
        : [];
  const caches =
    scope === undefined && executor === undefined
      ? await cleanCaches({ dryRun, ...age })
      : { removed: [], kept: [] };
  const cleaned: Cleaned = { ...leftovers, scopes, caches, dryRun };
  if (options.json) printJson(cleaned);
  else printCleaned(cleaned);
}

async function swept(storage: Storage, dryRun: boolean): Promise<CleanedScope[]> {
  const scopes: CleanedScope[] = [];
  for await (const scope of sweep({ storage, dryRun })) scopes.push(scope);
  return scopes;
}

function printCleaned({ removed, kept, folders, scopes, caches, dryRun }: Cleaned): void {
  const done = dryRun ? 'would be removed' : 'removed';
  if (scopes.length > 0) printScopes(scopes, done);
  if (removed.length > 0) printExecutors(removed);
  for (const folder of [...folders, ...caches.removed.map((one) => one.folder)]) print(visible(folder));
  const expired = scopes.reduce((sum, scope) => sum + scope.removed.objects, 0);
  if (expired > 0) print(`${count(expired, 'cloud object')} of named scopes ${done}`);
  if (caches.removed.length > 0) {
    const cached = caches.removed.reduce((sum, one) => sum + one.bytes, 0);
    print(`${count(caches.removed.length, 'cache')} of this machine ${done}, ${bytes(cached)}`);
  }
  const size = removed.reduce((sum, one) => sum + one.bytes, 0);
  if (removed.length > 0 || folders.length > 0) {
    const parts = [count(removed.length, 'executor'), `${count(folders.length, 'folder')} of this machine`];
    print(`${parts.join(' and ')} ${done}${size === 0 ? '' : `, ${bytes(size)}`}`);
  } else if (expired === 0 && caches.removed.length === 0) print('Nothing was left behind.');
  for (const [reason, why] of [
    ['alive', 'their programs run'],
    ['recent', 'too recent; see --older-than'],
    ['foreign', 'not named as executors name theirs'],
  ] as const) {
    const n = kept.filter((one) => one.reason === reason).length;
    if (n > 0) print(paint('dim', `${n} kept: ${why}`));
  }
  for (const [reason, why] of [
    ['used', 'programs that run have them open'],
    ['recent', 'used too recently; see --older-than'],
  ] as const) {
    const n = caches.kept.filter((one) => one.reason === reason).length;
    if (n > 0) print(paint('dim', `${count(n, 'cache')} of this machine kept: ${why}`));
  }
}

function printScopes(scopes: readonly CleanedScope[], done: string): void {
  const columns = [
    { title: 'scope' },
    { title: 'kept', align: 'right' },
    { title: 'size', align: 'right' },
    { title: done, align: 'right' },
    { title: 'size', align: 'right' },
  ] as const;
  const rows = scopes.map(({ scope, removed, kept }) => [
    visible(scope),
    ...(kept === undefined ? ['', ''] : [String(kept.objects), bytes(kept.bytes)]),
    String(removed.objects),
    bytes(removed.bytes),
  ]);
  print(`${table(columns, rows)}\n`);
}

function printExecutors(removed: readonly RemovedLeftover[]): void {
  const columns = [
    { title: 'executor' },
    { title: 'cloud objects', align: 'right' },
    { title: 'objects', align: 'right' },
    { title: 'size', align: 'right' },
  ] as const;
  const rows = removed.map(({ executorId, objects, cloudObjects, bytes: size }) => [
    visible(executorId),
    String(cloudObjects),
    String(objects),
    bytes(size),
  ]);
  print(`${table(columns, rows)}\n`);
}
