/** What members say to each other. Messages may get lost, come twice, or in another order: the protocol bears it. */
import type { Reader } from '../value/reader.ts';
import type { Writer } from '../value/writer.ts';

/** What (slot, epoch, stream) it belongs to: a stream is one attempt of a primary to bring a member's log to its own. */
interface InStream {
  readonly slot: number;
  readonly epoch: number;
  readonly stream: number;
}

/** Entries of a slot's log, in order. */
export interface Append extends InStream {
  readonly kind: 'append';
  /**
   * Of the first of an epoch, up to where its primary had logged before: what its receiver has logged beyond `from - 1` and not
   * applied gives way when all up to there has come. -1: it is not of the first.
   */
  readonly begins: number;
  /** The index of the first entry; of the next one, where there are none. */
  readonly from: number;
  readonly entries: readonly Uint8Array[];
  /** All up to here are logged by all that are in sync. */
  readonly commit: number;
}

/** A piece of a snapshot, with which a learner begins. */
export interface Chunk extends InStream {
  readonly kind: 'chunk';
  /** Of the last entry that the snapshot holds. */
  readonly index: number;
  /** Bytes of the whole. */
  readonly total: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Ack extends InStream {
  readonly kind: 'ack';
  /** All entries up to here are logged. -1: it has nothing that the stream could go on from. */
  readonly last: number;
  /** All up to here are applied: it knows that they are committed. */
  readonly applied: number;
  /** Whether it has a state, and follows the log. */
  readonly isReady: boolean;
  /** Bytes of the snapshot, or entries of a new primary's, that have come and are of no use before the others have. */
  readonly received: number;
}

/** Code of users, which methods of their classes need wherever the slot goes. */
export interface Code {
  readonly kind: 'code';
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** A sign of life. */
export interface Ping {
  readonly kind: 'ping';
  /** Whether it can log nothing now, for want of room. */
  readonly isFull: boolean;
}

export type PeerMessage = Append | Chunk | Ack | Code | Ping;

const KINDS = ['append', 'chunk', 'ack', 'code', 'ping'] as const;

export function writePeerMessage(writer: Writer, message: PeerMessage): void {
  writer.byte(KINDS.indexOf(message.kind));
  if (message.kind === 'ping') {
    writer.byte(message.isFull ? 1 : 0);
    return;
  }
  if (message.kind === 'code') {
    writer.text(message.hash);
    writer.bytes(message.bytes);
    return;
  }
  writer.varint(message.slot);
  writer.varint(message.epoch);
  writer.varint(message.stream);
  switch (message.kind) {
    case 'append':
      writer.varint(message.begins + 1);
      writer.varint(message.from);
      writer.varint(message.commit);
      writer.varint(message.entries.length);
      for (const entry of message.entries) writer.bytes(entry);
      return;
    case 'chunk':
      writer.varint(message.index);
      writer.varint(message.total);
      writer.varint(message.offset);
      writer.bytes(message.bytes);
      return;
    case 'ack':
      writer.varint(message.last + 1);
      writer.varint(message.applied);
      writer.byte(message.isReady ? 1 : 0);
      writer.varint(message.received);
  }
}

/** What it takes, bytes, about. */
export function bytesOf(message: PeerMessage): number {
  switch (message.kind) {
    case 'append':
      return message.entries.reduce((sum, { length }) => sum + length + 4, 64);
    case 'chunk':
    case 'code':
      return message.bytes.length + 128;
    default:
      return 64;
  }
}

/** @throws {MalformedError} */
export function readPeerMessage(reader: Reader): PeerMessage {
  const kind = KINDS[reader.byte()];
  if (kind === 'ping') return { kind, isFull: reader.byte() === 1 };
  // Of a later version: it lives.
  if (kind === undefined) return { kind: 'ping', isFull: false };
  if (kind === 'code') return { kind, hash: reader.text(), bytes: reader.bytes() };
  const place = { slot: reader.varint(), epoch: reader.varint(), stream: reader.varint() };
  switch (kind) {
    case 'append': {
      const begins = reader.varint() - 1;
      const from = reader.varint();
      const commit = reader.varint();
      const entries: Uint8Array[] = [];
      for (let left = reader.varint(); left > 0; left--) entries.push(reader.bytes());
      return { kind, ...place, begins, from, commit, entries };
    }
    case 'chunk': {
      const [index, total, offset] = [reader.varint(), reader.varint(), reader.varint()];
      return { kind, ...place, index, total, offset, bytes: reader.bytes() };
    }
    case 'ack':
      return {
        kind,
        ...place,
        last: reader.varint() - 1,
        applied: reader.varint(),
        isReady: reader.byte() === 1,
        received: reader.varint(),
      };
  }
}
