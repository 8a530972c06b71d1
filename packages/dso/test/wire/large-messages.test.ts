/** Messages that are larger than they seemed, and more of them at a time than the receiver takes. */
import { expect, it } from 'vitest';
import { Writer } from '../../src/value/writer.ts';
import { FrameReader } from '../../src/wire/frame-reader.ts';
import { Outbox } from '../../src/wire/outbox.ts';
import type { Transport } from '../../src/wire/transport.ts';

const PART = 0;
const NOTE = 1;
const CALL = 2;
const MIB = 2 ** 20;

/** An outbox, and the messages that its frames make at a receiver which takes so many bytes at a time. */
function connected(maxMessageBytes: number) {
  const messages: [kind: number, length: number][] = [];
  const frames = new FrameReader({ part: PART, maxMessageBytes }, (kind, body) =>
    messages.push([kind, body.rest().length]),
  );
  const transport: Transport = {
    write: (parts) => frames.push(Buffer.concat(parts)),
    buffered: 0,
    onDrain: undefined,
    pause() {},
    end() {},
    destroy() {},
  };
  const outbox = new Outbox(PART);
  outbox.maxUnderWay = maxMessageBytes;
  outbox.attach(transport);
  return { outbox, messages };
}

function message(kind: number, size: number): Uint8Array[] {
  const writer = new Writer();
  writer.byte(kind);
  writer.raw(Buffer.alloc(size));
  return writer.take();
}

it('a frame that comes out too long is sent in parts, in its place', () => {
  const { outbox, messages } = connected(10 * MIB);
  outbox.frame(NOTE).byte(0);
  const call = outbox.frame(CALL, true);
  for (let i = 0; i < 300; i++) call.raw(Buffer.alloc(1024));
  call.raw(Buffer.alloc(MIB));
  outbox.frame(NOTE).raw(Buffer.alloc(7));
  outbox.flush();
  expect(messages).toEqual([
    [NOTE, 1],
    [CALL, 300 * 1024 + MIB],
    [NOTE, 7],
  ]);
});

it('a frame of just the largest size is one, and a byte more makes parts of it', () => {
  const { outbox, messages } = connected(10 * MIB);
  for (const size of [256 * 1024 - 1, 256 * 1024]) {
    outbox.frame(CALL).raw(Buffer.alloc(size));
    outbox.flush();
  }
  expect(messages).toEqual([
    [CALL, 256 * 1024 - 1],
    [CALL, 256 * 1024],
  ]);
});

it('large messages are begun while the receiver has room for them, and always one', () => {
  const { outbox, messages } = connected(3 * MIB);
  for (let i = 0; i < 20; i++) outbox.large(message(NOTE, MIB + i));
  outbox.large(message(NOTE, 3 * MIB - 1));
  outbox.large(message(CALL, MIB));
  outbox.flush();
  expect(messages.map(([, length]) => length)).toEqual([
    ...Array.from({ length: 20 }, (_, i) => MIB + i),
    3 * MIB - 1,
    MIB,
  ]);
});

it('one that is to keep its place waits until there is room for it', () => {
  const pieces: Uint8Array[] = [];
  const { outbox, messages } = connected(3 * MIB);
  const receiver = connected(3 * MIB);
  let buffered = 0;
  outbox.attach({
    write(parts) {
      pieces.push(...parts);
      // It stands still with two messages begun, until the one that keeps its place comes.
      buffered += MIB;
    },
    get buffered() {
      return buffered;
    },
    onDrain: undefined,
    pause() {},
    end() {},
    destroy() {},
  });
  outbox.large(message(NOTE, MIB));
  outbox.large(message(NOTE, MIB));
  outbox.flush();
  outbox.inOrder(message(CALL, 2 * MIB));
  buffered = Number.NEGATIVE_INFINITY;
  outbox.flush();
  const frames = new FrameReader({ part: PART, maxMessageBytes: 3 * MIB }, (kind, body) =>
    receiver.messages.push([kind, body.rest().length]),
  );
  for (const piece of pieces) frames.push(Buffer.from(piece));
  expect(receiver.messages).toHaveLength(3);
  expect(messages).toHaveLength(0);
});
