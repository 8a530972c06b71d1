import type { MemberShare } from '@skein/dso/operator';
import { paint, print, printJson, table, visible } from '../../terminal.ts';
import { ago } from '../../units.ts';
import { type ReachOptions, withOperator } from './reach.ts';

export async function dsoMembers(options: ReachOptions): Promise<void> {
  const members = await withOperator(options, (operator) => operator.members());
  if (options.json) printJson(members);
  else print(membersTable(members));
}

function membersTable(members: readonly MemberShare[]): string {
  const now = Date.now();
  const columns = [
    { title: 'member' },
    { title: 'since' },
    { title: 'primary', align: 'right' },
    { title: 'backup', align: 'right' },
    { title: '' },
  ] as const;
  return table(
    columns,
    members.map((member) => [
      paint('cyan', visible(member.address)),
      member.since === undefined ? '' : ago(member.since, now),
      member.primary.toLocaleString('en'),
      member.backup.toLocaleString('en'),
      stateOf(member),
    ]),
  );
}

function stateOf({ isDraining, learner, primary, backup }: MemberShare): string {
  if (isDraining)
    return primary + backup + learner === 0 ? paint('yellow', 'drained') : paint('yellow', 'draining');
  return learner === 0 ? '' : `gets copies of ${learner.toLocaleString('en')}`;
}
