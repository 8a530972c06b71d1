/** What a client may believe when a node ends the connection, or answers the same thing for ever. */
import { expect, test } from 'vitest';
import { UNDONE } from '../../src/engine/refusal.ts';
import { OutcomeUnknownError, TimeoutError } from '../../src/errors.ts';
import { ReplyKind, ToClient, ToNode } from '../../src/wire/protocol.ts';
import { type Heard, scriptNode } from '../support/scripted-node.ts';
import { separate } from '../support/separate.ts';

test('a goodbye leaves open whether what was sent has been done, unless it only reads', async () => {
  const node = await scriptNode(({ kind, outbox }) => {
    if (kind !== ToNode.calls) return;
    const writer = outbox.frame(ToClient.goodbye);
    writer.text('internal');
    writer.text('something broke');
    outbox.end(true);
  });
  await using dso = await separate(node.url);
  const counter = dso.counter('hits');
  const [written, read] = await Promise.allSettled([counter.increment(), counter.tally()]);
  const { reason } = written as PromiseRejectedResult;
  expect(reason).toBeInstanceOf(OutcomeUnknownError);
  expect(reason.cause).toMatchObject({
    code: 'internal',
    message: expect.stringContaining('something broke'),
  });
  expect(read).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
});

test('an operation that is sent back again and again ends when its time is over', async () => {
  let asked = 0;
  const node = await scriptNode(({ kind, body, outbox }: Heard) => {
    if (kind !== ToNode.calls) return;
    asked++;
    const writer = outbox.frame(ToClient.replies);
    writer.varint(body.varint());
    writer.byte(ReplyKind.refusal);
    writer.text('session-lost');
    writer.text('the session is over');
    writer.value(UNDONE);
  });
  await using dso = await separate(node.url);
  await expect(dso.counter('hits').increment(1, { timeoutMs: 300 })).rejects.toThrow(TimeoutError);
  expect(asked).toBeGreaterThan(1);
});
