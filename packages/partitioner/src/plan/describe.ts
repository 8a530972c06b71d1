import { nameOf } from '../data-object.ts';
import type { DataPartition } from '../data-partition.ts';
import type { PartitionGroup } from '../group/partition-group.ts';
import type { CutObject } from '../partition.ts';
import { shownBytes } from '../sizes.ts';
import { picture } from './picture.ts';
import { table } from './table.ts';

const HEAD = ['object', 'format', 'size', 'parts', 'part size', 'rows', ''];
const RIGHT = new Set(['size', 'parts', 'part size', 'rows']);
/** Longer names keep their ends, which tell them apart. */
const NAME_WIDTH = 48;

export interface DescribeOptions {
  /** Objects that are listed; of more only the number is told. @default 20 */
  readonly limit?: number;
}

/** A plan for people: a line an object, a line for all, and how large the parts are, or the groups that share calls. */
export function describePlan(
  objects: readonly CutObject[],
  { limit = 20 }: DescribeOptions,
  groups?: readonly PartitionGroup[],
): string {
  if (objects.length === 0) return 'no objects';
  const lines = table(HEAD, objects.slice(0, limit).map(row), RIGHT);
  if (objects.length > limit) lines.push(`… and ${objects.length - limit} more objects`);
  const partitions = objects.flatMap((one) => one.partitions);
  const sizes = known(partitions);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const unknown = partitions.length - sizes.length;
  const parts = counted(partitions.length, 'part');
  const calls = groups === undefined ? parts : `${parts} in ${counted(groups.length, 'group')}`;
  const all = `${counted(objects.length, 'object')}, ${calls}, ${shownBytes(bytes)}`;
  lines.push('', unknown === 0 ? all : `${all} and ${counted(unknown, 'part')} of unknown size`);
  const pictured = groups === undefined ? picture('part', sizes) : picture('group', known(groups));
  return [...lines, ...pictured].join('\n');
}

function known(items: readonly { readonly size: number | undefined }[]): number[] {
  return items.flatMap(({ size }) => (size === undefined ? [] : [size]));
}

function row({ object, reading, partitions, note = '' }: CutObject): string[] {
  const format =
    reading.compression === undefined ? reading.format : `${reading.format}, ${reading.compression}`;
  const size = object.size === undefined ? '?' : shownBytes(object.size);
  return [
    shortened(nameOf(object)),
    format,
    size,
    String(partitions.length),
    sizes(partitions),
    rows(partitions),
    note,
  ];
}

function sizes(partitions: readonly DataPartition[]): string {
  const each = partitions.map(({ size = Number.NaN }) => size);
  const least = each.reduce((a, b) => Math.min(a, b));
  const most = each.reduce((a, b) => Math.max(a, b));
  if (Number.isNaN(least)) return '?';
  const [from, to] = [shownBytes(least), shownBytes(most)];
  return from === to ? from : `${from} – ${to}`;
}

function rows(partitions: readonly DataPartition[]): string {
  const all = partitions.reduce((sum, { knownRows = Number.NaN }) => sum + knownRows, 0);
  return Number.isNaN(all) ? '' : String(all);
}

/** In one line, whatever is in it. */
function shortened(whole: string): string {
  const name = whole.replaceAll(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
  return name.length <= NAME_WIDTH ? name : `…${name.slice(1 - NAME_WIDTH)}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
