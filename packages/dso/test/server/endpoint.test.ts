/** What a node says on a connection, and what it takes: by the bytes. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { Refusal } from '../../src/engine/refusal.ts';
import { codesOf } from '../../src/objects/catalog.ts';
import { administer } from '../../src/server/admin.ts';
import type { Endpoint } from '../../src/server/endpoint.ts';
import { Node } from '../../src/server/node.ts';
import type { Reader } from '../../src/value/reader.ts';
import type { Value } from '../../src/value/value.ts';
import { FrameReader } from '../../src/wire/frame-reader.ts';
import { MemoryTransport } from '../../src/wire/memory.ts';
import { writeDefinition, writeHello, writeSession } from '../../src/wire/messages.ts';
import { Outbox } from '../../src/wire/outbox.ts';
import { MAGIC, PROTOCOL_VERSION, ReplyKind, ToClient, ToNode } from '../../src/wire/protocol.ts';

/** A client that says what a test wants, and the node's end of its connection. */
function connected() {
  const node = new Node({ address: 'node', print() {} });
  onTestFinished(() => node.close());
  const [mine, theirs] = MemoryTransport.pair();
  const endpoint = node.accept(theirs) as Endpoint;
  theirs.listen(endpoint);
  const heard: { readonly kind: number; readonly body: Reader }[] = [];
  const waiting: (() => void)[] = [];
  const frames = new FrameReader({ part: ToClient.part, maxMessageBytes: 1e9 }, (kind, body) => {
    heard.push({ kind, body });
    for (const wake of waiting.splice(0)) wake();
  });
  mine.listen({ data: (chunk) => frames.push(chunk), closed() {} });
  const outbox = new Outbox(ToNode.part);
  outbox.attach(mine);
  writeHello(outbox.frame(ToNode.hello), { magic: MAGIC, version: PROTOCOL_VERSION, token: '' });
  /** The next message of this kind. */
  const next = async (kind: number): Promise<Reader> => {
    outbox.flush();
    for (;;) {
      const at = heard.findIndex((one) => one.kind === kind);
      if (at >= 0) return heard.splice(at, 1)[0]!.body;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const session = (alias: number, id: string, parent?: string): void =>
    writeSession(outbox.frame(ToNode.session), { alias, id, parent, ttlMs: 60_000, resume: false });
  return { node, endpoint, outbox, next, session };
}

describe('answers of more than a frame', () => {
  test.each<[string, Value]>([
    ['many texts that are longer as bytes', Array(100).fill('€'.repeat(999))],
    ['one text', '€'.repeat(50_000)],
    ['a large text', 'x'.repeat(1_000_000)],
    ['a list of numbers', Array(60_000).fill(0.5)],
  ])('arrive: %s', async (_what, value) => {
    const { endpoint, next } = connected();
    await next(ToClient.welcome);
    endpoint.reply(7, value);
    const body = await next(ToClient.replies);
    expect([body.varint(), body.byte()]).toEqual([7, ReplyKind.value]);
    expect(body.value()).toEqual(value);
  });

  test.each([
    ['details', new Refusal('user-code-failed', 'it threw', new Uint8Array(600_000))],
    ['a message', new Refusal('bad-argument', '€'.repeat(200_000))],
  ])('arrive: a refusal with %s', async (_what, { code, message, details }) => {
    const { endpoint, next } = connected();
    await next(ToClient.welcome);
    endpoint.reply(7, new Refusal(code, message, details));
    const body = await next(ToClient.replies);
    expect([body.varint(), body.byte()]).toEqual([7, ReplyKind.refusal]);
    expect([body.text(), body.text()]).toEqual([code, message]);
    const there = body.value();
    expect(there instanceof Uint8Array ? there.length : there).toBe(
      details instanceof Uint8Array ? details.length : details,
    );
  });
});

describe('sessions of a connection', () => {
  test('may have any number: what counts is how many there are', async () => {
    const { outbox, next, session } = connected();
    session(5_000_000_000, 'a');
    const definition = { ref: 0, type: 'counter', key: 'x', mode: 'create', seenIn: undefined } as const;
    writeDefinition(outbox.frame(ToNode.define), { ...definition, config: [] });
    const call = outbox.frame(ToNode.calls, true);
    call.varint(1);
    call.varint(5_000_000_000);
    call.varint(0);
    call.byte(codesOf('counter').tally);
    call.byte(0);
    call.values([]);
    const body = await next(ToClient.replies);
    expect([body.varint(), body.byte(), body.value()]).toEqual([1, ReplyKind.value, 0]);
  });

  test('within each other without end are against the protocol', async () => {
    const { node, outbox, next, session } = connected();
    await next(ToClient.welcome);
    session(0, 's0');
    for (let i = 1; i < 20_000; i++) session(i, `s${i}`, `s${i - 1}`);
    outbox.flush();
    const body = await next(ToClient.goodbye);
    expect([body.text(), body.text()]).toEqual(['protocol', expect.stringContaining('part of another')]);
    expect(node.engine.sessions.size).toBe(2);
  });
});

test('a list of objects is no longer than the longest, whatever limit is asked for', () => {
  const node = new Node({ address: 'node', print() {} });
  onTestFinished(() => node.close());
  const session = node.engine.sessions.open('a', 60_000, undefined, false);
  if (session instanceof Refusal) throw new Error(session.message);
  for (let i = 0; i < 10_001; i++)
    node.engine.submit({
      port: { order: 0, earlyBytes: 0, reply() {} },
      callId: 0,
      session,
      target: {
        slot: i % 4096,
        typeName: 'counter',
        key: `k${i}`,
        config: [],
        mode: 'create',
        seenIn: undefined,
        cell: undefined,
      },
      operation: codesOf('counter').tally,
      sequence: 0,
      acked: 0,
      epoch: 0,
      fence: 0,
      remainingMs: 1000,
      args: [],
    });
  const listed = (limit: Value): number =>
    (JSON.parse(administer(node, 'objects', ['', limit]) as string) as unknown[]).length;
  expect([Number.NaN, 1e9, 'many', 3, 0].map(listed)).toEqual([10_000, 10_000, 10_000, 3, 0]);
});
