import type { DurabilityStats, MemberShare, Operator } from '@skein/dso/operator';
import { paint, print, printJson, table, visible } from '../../terminal.ts';
import { ago } from '../../units.ts';
import { type ReachOptions, withOperator } from './reach.ts';

/** What is known of a member, and what it says of its own disk. */
interface Listed extends MemberShare {
  /** Absent: what it holds is in memory only, or it has not answered. */
  readonly durability?: DurabilityStats | undefined;
  /** Why it has not answered. */
  readonly unreachable?: string | undefined;
}

export async function dsoMembers(options: ReachOptions): Promise<void> {
  const members = await withOperator(options, listed);
  if (options.json) printJson(members);
  else print(membersTable(members));
}

/** One member knows who the others are; whether its disk has room each knows itself. */
async function listed(operator: Operator): Promise<readonly Listed[]> {
  const [members, stats] = await Promise.all([operator.members(), operator.stats()]);
  const answers = new Map(stats.map((one) => [one.member, one]));
  return members.map((member) => {
    const { answer, unreachable } = answers.get(member.address) ?? {};
    return { ...member, durability: answer?.durability, unreachable };
  });
}

function membersTable(members: readonly Listed[]): string {
  const now = Date.now();
  const columns = [
    { title: 'member' },
    { title: 'since' },
    { title: 'primary', align: 'right' },
    { title: 'backup', align: 'right' },
    { title: 'kept' },
    { title: '' },
  ] as const;
  return table(
    columns,
    members.map((member) => [
      paint('cyan', visible(member.address)),
      member.since === undefined ? '' : ago(member.since, now),
      member.primary.toLocaleString('en'),
      member.backup.toLocaleString('en'),
      keptBy(member),
      stateOf(member).join(', '),
    ]),
  );
}

function keptBy({ durability, unreachable }: Listed): string {
  if (unreachable !== undefined) return '';
  return durability === undefined ? 'in memory' : `on disk, fsync ${visible(durability.fsync)}`;
}

function stateOf({ isDraining, learner, primary, backup, durability, unreachable }: Listed): string[] {
  const said: string[] = [];
  if (unreachable !== undefined) said.push(paint('red', 'does not answer'));
  if (durability?.isFull === true) said.push(paint('red', 'disk full'));
  if (isDraining) said.push(paint('yellow', primary + backup + learner === 0 ? 'drained' : 'draining'));
  else if (learner > 0) said.push(`gets copies of ${learner.toLocaleString('en')}`);
  return said;
}
