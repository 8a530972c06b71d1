import { setTimeout as delay } from 'node:timers/promises';
import { nearest } from '@skein/config';
import type { MemberShare, Operator } from '@skein/dso/operator';
import { CommandError } from '../../failure.ts';
import { print, printJson, visible } from '../../terminal.ts';
import { count, duration } from '../../units.ts';
import { UsageError } from '../../usage-error.ts';
import { type ReachOptions, withOperator } from './reach.ts';

interface Options extends ReachOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly cancel?: true;
}

/** Between two looks at what is left: on a terminal, as often as a number is read. */
const LOOK_MS = 200;

export async function dsoDrain(member: string, options: Options): Promise<void> {
  await withOperator(options, async (operator) => {
    await checkMember(operator, member);
    await operator.drain(member, options.cancel !== true);
    const begun = performance.now();
    if (options.cancel !== true) await untilEmpty(operator, member, options.timeout);
    const took = performance.now() - begun;
    if (options.json) printJson({ member, isDraining: options.cancel !== true, ms: Math.round(took) });
    else if (options.cancel) print(`${visible(member)} stays, and gets its share again`);
    else print(`${visible(member)} holds nothing any more, after ${duration(took)}: it can be ended`);
  });
}

async function checkMember(operator: Operator, member: string): Promise<void> {
  const addresses = (await operator.members()).map(({ address }) => address);
  if (addresses.includes(member)) return;
  const near = nearest(member, addresses);
  throw new UsageError(
    `no member '${visible(member)}'${near === undefined ? '' : ` (did you mean ${near}?)`}: the members are ${addresses.join(', ')}`,
  );
}

async function untilEmpty(operator: Operator, member: string, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  const progress = process.stderr.isTTY === true;
  let wasDraining = false;
  try {
    for (;;) {
      const share = (await operator.members()).find(({ address }) => address === member);
      // One that has ended in the meantime has left others what it had.
      if (share === undefined) return;
      if (share.isDraining && share.primary + share.backup + share.learner === 0) return;
      // Before, whoever tells may not have heard of it yet.
      if (wasDraining && !share.isDraining)
        throw new CommandError(
          `${member} does not drain any more: somebody has cancelled it, or it has been started anew`,
        );
      wasDraining = share.isDraining;
      if (performance.now() >= end) throw new CommandError(late(share, timeoutMs));
      if (progress) process.stderr.write(`\r\u001b[K${leftOf(share)} to be handed over`);
      await delay(LOOK_MS);
    }
  } finally {
    if (progress) process.stderr.write('\r\u001b[K');
  }
}

function late(share: MemberShare, timeoutMs: number): string {
  return (
    `${share.address} still holds ${leftOf(share)} after ${duration(timeoutMs)}: it goes on handing them over ` +
    `(\`skein dso members\` shows how far it is, \`skein dso drain ${share.address} --cancel\` has it stay)`
  );
}

function leftOf({ primary, backup, learner }: MemberShare): string {
  return `${count(primary, 'slot')} as primary and ${count(backup + learner, 'slot')} as backup`;
}
