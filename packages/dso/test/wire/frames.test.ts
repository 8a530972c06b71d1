/** Messages on the wire: they come out as they went in, however the stream is cut, and in the order that was asked for. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Writer } from '../../src/value/writer.ts';
import { FrameReader } from '../../src/wire/frame-reader.ts';
import { Outbox } from '../../src/wire/outbox.ts';

const PART = 0;
const NOTE = 1;
const CALL = 2;

/** What an outbox puts on the wire. */
function sent(write: (outbox: Outbox) => void): Buffer {
  const pieces: Uint8Array[] = [];
  const outbox = new Outbox(PART);
  outbox.attach({
    write: (parts) => void pieces.push(...parts),
    buffered: 0,
    onDrain: undefined,
    pause() {},
    end() {},
    destroy() {},
  });
  write(outbox);
  outbox.flush();
  return Buffer.concat(pieces);
}

/** Reads a stream that comes in pieces of these sizes, all at the same memory. */
function received(stream: Buffer, sizes: readonly number[]): [kind: number, bytes: Buffer][] {
  const messages: [number, Buffer][] = [];
  const frames = new FrameReader({ part: PART, maxMessageBytes: 1e9 }, (kind, body) =>
    messages.push([kind, Buffer.from(body.rest())]),
  );
  const memory = Buffer.alloc(Math.max(...sizes));
  for (let at = 0, n = 0; at < stream.length; n++) {
    const read = stream.copy(memory, 0, at, at + sizes[n % sizes.length]!);
    frames.push(memory.subarray(0, read));
    memory.fill(0xff);
    at += read;
  }
  return messages;
}

function message(kind: number, size: number): Uint8Array[] {
  const writer = new Writer();
  writer.byte(kind);
  writer.raw(Buffer.alloc(size, size % 251));
  return writer.take();
}

it('messages come out as they went in, however the stream is cut', () => {
  const someSizes = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 6 });
  const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70_000 })), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(someSizes, cuts, (messages, chunks) => {
      const stream = sent((outbox) => {
        for (const size of messages) outbox.inOrder(message(NOTE, size));
      });
      // Tiny pieces alone would take for ever.
      const got = received(stream, [...chunks, 50_000]);
      expect(got.map(([, bytes]) => bytes.length)).toEqual(messages);
      for (const [kind, bytes] of got) {
        expect(kind).toBe(NOTE);
        expect(bytes.every((byte) => byte === bytes.length % 251)).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

it('small messages overtake a large one, and none that was to go in order', () => {
  const kinds = (write: (outbox: Outbox) => void): number[] =>
    received(sent(write), [65_536]).map(([kind]) => kind);
  const call = (outbox: Outbox): void => outbox.frame(CALL).byte(0);
  expect(
    kinds((outbox) => {
      outbox.large(message(NOTE, 1_000_000));
      call(outbox);
    }),
  ).toEqual([CALL, NOTE]);
  expect(
    kinds((outbox) => {
      outbox.inOrder(message(NOTE, 1_000_000));
      call(outbox);
    }),
  ).toEqual([NOTE, CALL]);
});
