import type { MemberShare } from '@skein/dso/operator';
import { paint, print, printJson, table, visible } from '../../terminal.ts';
import { count, percent } from '../../units.ts';
import { type ReachOptions, withOperator } from './reach.ts';

/** The longest bar, characters. */
const WIDTH = 48;

export async function dsoRing(options: ReachOptions): Promise<void> {
  const members = await withOperator(options, (operator) => operator.members());
  const balance = balanceOf(members);
  if (options.json) printJson({ ...balance, members });
  else printRing(members, balance);
}

interface Balance {
  /** Slots that are held. */
  readonly slots: number;
  /** Slots of each that stays, if all had the same. */
  readonly even: number;
  /** How far the member furthest from even is off, as a part of even; of those that stay. */
  readonly worst: number;
}

function balanceOf(members: readonly MemberShare[]): Balance {
  const slots = members.reduce((sum, { primary }) => sum + primary, 0);
  const staying = members.filter(({ isDraining }) => !isDraining);
  const even = slots / Math.max(1, staying.length);
  const off = staying.map(({ primary }) => (even === 0 ? 0 : Math.abs(primary - even) / even));
  return { slots, even, worst: Math.max(0, ...off) };
}

function printRing(members: readonly MemberShare[], { slots, even, worst }: Balance): void {
  const most = Math.max(1, ...members.map(({ primary, backup, learner }) => primary + backup + learner));
  const columns = [
    { title: 'member' },
    { title: 'primary', align: 'right' },
    { title: 'of all', align: 'right' },
    { title: 'backup', align: 'right' },
    { title: '█ primary  ▒ backup  · on its way' },
  ] as const;
  print(
    table(
      columns,
      members.map((member) => [
        paint(member.isDraining ? 'yellow' : 'cyan', visible(member.address)),
        member.primary.toLocaleString('en'),
        percent(member.primary / Math.max(1, slots)),
        member.backup.toLocaleString('en'),
        bar(member, most),
      ]),
    ),
  );
  const staying = count(members.filter(({ isDraining }) => !isDraining).length, 'member');
  print(
    `\n${count(slots, 'slot')}, evenly ${Math.round(even).toLocaleString('en')} for each of ${staying}; the furthest is off by ${percent(worst)}`,
  );
}

/** Ends of the parts are rounded, not their lengths: members with as much have bars as long. */
function bar({ primary, backup, learner }: MemberShare, most: number): string {
  const at = (slots: number): number => Math.round((slots * WIDTH) / most);
  const [first, second, third] = [at(primary), at(primary + backup), at(primary + backup + learner)];
  return '█'.repeat(first) + '▒'.repeat(second - first) + '·'.repeat(third - second);
}
