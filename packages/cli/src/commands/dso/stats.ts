import type { DurabilityStats, NodeStats } from '@skein/dso/operator';
import { paint, print, printJson, table, visible } from '../../terminal.ts';
import { ago, bytes, duration } from '../../units.ts';
import { type ReachOptions, tellUnreachable, withOperator } from './reach.ts';

/** A line for each, a column for each member: there are more of the first than fit beside each other. */
const LINES: readonly (readonly [title: string, read: (stats: NodeStats) => string])[] = [
  ['up for', ({ uptime }) => duration(uptime * 1000)],
  ['slots', ({ slots }) => number(slots)],
  ['objects', ({ objects }) => number(objects)],
  ['memory', (stats) => bytes(stats.bytes)],
  ['memory at most', ({ maxMemoryBytes }) => bytes(maxMemoryBytes)],
  ['connections', ({ connections }) => number(connections)],
  ['sessions', ({ sessions }) => number(sessions)],
  ['leases', ({ leases }) => number(leases)],
  ['calls that write', ({ writes }) => number(writes)],
  ['calls that read', ({ reads }) => number(reads)],
  ['calls refused', ({ refused }) => number(refused)],
  ['calls waiting', ({ waiting }) => number(waiting)],
  ['runs of user code', ({ tasks }) => number(tasks)],
  ['replication lag', ({ replicationLag }) => number(replicationLag)],
  ['transfers', ({ transfers }) => number(transfers)],
  ['transfers waiting', ({ transfersWaiting }) => number(transfersWaiting)],
];

/** Of members that have their objects on disk. */
const DISK_LINES: readonly (readonly [title: string, read: (disk: DurabilityStats) => string])[] = [
  ['fsync', ({ fsync }) => visible(fsync)],
  ['log', ({ logBytes }) => bytes(logBytes)],
  ['log not synced', ({ unsyncedBytes }) => bytes(unsyncedBytes)],
  ['log synced', ({ syncedAt }) => ago(syncedAt, Date.now())],
  ['snapshot', ({ snapshotAt, snapshotBytes }) => (snapshotAt === undefined ? '' : bytes(snapshotBytes))],
  ['snapshot taken', ({ snapshotAt }) => (snapshotAt === undefined ? 'never' : ago(snapshotAt, Date.now()))],
  ['disk', ({ isFull }) => (isFull ? paint('red', 'full') : 'has room')],
];

export async function dsoStats(options: ReachOptions): Promise<void> {
  const all = await withOperator(options, (operator) => operator.stats());
  const answers = all.flatMap(({ answer }) => answer ?? []);
  if (options.json) printJson(all);
  else if (answers.length > 0) print(statsTable(answers));
  tellUnreachable(all);
}

function statsTable(answers: readonly NodeStats[]): string {
  const columns = [
    { title: '' },
    ...answers.map(({ address }) => ({ title: visible(address), align: 'right' as const })),
  ];
  const lines = LINES.map(([title, read]) => [paint('dim', title), ...answers.map(read)]);
  const isOnDisk = answers.some(({ durability }) => durability !== undefined);
  const diskLines = DISK_LINES.map(([title, read]) => [
    paint('dim', title),
    ...answers.map(({ durability }) => (durability === undefined ? '' : read(durability))),
  ]);
  return table(columns, isOnDisk ? [...lines, ...diskLines] : lines);
}

function number(value: number): string {
  return value.toLocaleString('en');
}
