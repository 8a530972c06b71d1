import { cleanLeftovers, type Leftovers } from '@skein/executor';
import { openStorage } from '../settings.ts';
import { paint, print, printJson, table, visible } from '../terminal.ts';
import { bytes, count } from '../units.ts';
import { UsageError } from '../usage-error.ts';

export async function clean(options: {
  olderThan?: number;
  all?: true;
  dryRun?: true;
  storage?: string;
  json?: true;
}): Promise<void> {
  const { olderThan, all, dryRun = false, storage } = options;
  if (all && olderThan !== undefined)
    throw new UsageError('--all and --older-than contradict each other: say one of them');
  if (storage !== undefined) await (await openStorage(storage)).close(); // says what is wrong with it
  const olderThanMs = all ? 0 : olderThan;
  const leftovers = await cleanLeftovers({
    dryRun,
    ...(storage !== undefined && { storage }),
    ...(olderThanMs !== undefined && { olderThanMs }),
  });
  if (options.json) printJson({ ...leftovers, dryRun });
  else printLeftovers(leftovers, dryRun);
}

function printLeftovers({ removed, kept, folders }: Leftovers, dryRun: boolean): void {
  if (removed.length > 0) {
    const columns = [
      { title: 'executor' },
      { title: 'objects', align: 'right' },
      { title: 'size', align: 'right' },
    ] as const;
    const rows = removed.map((one) => [visible(one.executorId), String(one.objects), bytes(one.bytes)]);
    print(`${table(columns, rows)}\n`);
  }
  for (const folder of folders) print(visible(folder));
  const done = dryRun ? 'would be removed' : 'removed';
  const parts = [count(removed.length, 'executor'), `${count(folders.length, 'folder')} of this machine`];
  const size = removed.reduce((sum, one) => sum + one.bytes, 0);
  if (removed.length === 0 && folders.length === 0) print('Nothing was left behind.');
  else print(`${parts.join(' and ')} ${done}${size === 0 ? '' : `, ${bytes(size)}`}`);
  for (const [reason, why] of [
    ['alive', 'their programs run'],
    ['recent', 'too recent; see --older-than'],
    ['foreign', 'not named as executors name theirs'],
  ] as const) {
    const n = kept.filter((one) => one.reason === reason).length;
    if (n > 0) print(paint('dim', `${n} kept: ${why}`));
  }
}
