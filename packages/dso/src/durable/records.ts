/** What a frame of the log says, one record after another. Numbers of kinds are never used again for another thing. */
import type { Entry } from '../engine/entry.ts';
import { encodeEntry } from '../engine/entry-codec.ts';
import { MalformedError, Reader } from '../value/reader.ts';
import type { Writer } from '../value/writer.ts';

const Kind = { entry: 1, state: 2, cut: 3, drop: 4, code: 5, mark: 6 } as const;

/** Which log of a slot a record belongs to: `epoch` and `stream` as docs/cluster.md says; of a node without others 1 and 0. */
export interface LogPlace {
  readonly slot: number;
  readonly epoch: number;
  readonly stream: number;
}

export type LogRecord =
  /** An entry: what the slot's log had from `index` on gives way. All up to `commit` is committed. */
  | ({
      readonly kind: 'entry';
      readonly index: number;
      readonly commit: number;
      readonly bytes: Buffer;
    } & LogPlace)
  /** The slot's whole state, with all up to `index`; what it had gives way. */
  | ({ readonly kind: 'state'; readonly index: number; readonly bytes: Buffer } & LogPlace)
  /** The slot's log ends with `last`; what it had beyond gives way. */
  | ({ readonly kind: 'cut'; readonly last: number } & LogPlace)
  /** This node has nothing of the slot any more. */
  | { readonly kind: 'drop'; readonly slot: number }
  /**
   * Snapshot `snapshot` has taken the slot here: what the log says of it before is in there. Without a slot: it has begun
   * here, and so it is with all of which it knows nothing.
   */
  | { readonly kind: 'mark'; readonly snapshot: number; readonly slot: number | undefined }
  /** Code of users', which entries and states may name. */
  | { readonly kind: 'code'; readonly hash: string; readonly bytes: Uint8Array };

export function writeEntry(
  writer: Writer,
  place: LogPlace,
  index: number,
  commit: number,
  entry: Entry,
): void {
  begin(writer, Kind.entry, place);
  writer.varint(index);
  writer.varint(commit);
  writer.value(encodeEntry(entry));
}

/** The same for one that has come as bytes. */
export function writeEncodedEntry(
  writer: Writer,
  place: LogPlace,
  index: number,
  commit: number,
  bytes: Uint8Array,
): void {
  begin(writer, Kind.entry, place);
  writer.varint(index);
  writer.varint(commit);
  writer.raw(bytes);
}

export function writeState(writer: Writer, place: LogPlace, index: number, bytes: Uint8Array): void {
  begin(writer, Kind.state, place);
  writer.varint(index);
  writer.bytes(bytes);
}

export function writeCut(writer: Writer, place: LogPlace, last: number): void {
  begin(writer, Kind.cut, place);
  writer.varint(last);
}

export function writeDrop(writer: Writer, slot: number): void {
  writer.byte(Kind.drop);
  writer.varint(slot);
}

export function writeMark(writer: Writer, snapshot: number, slot: number | undefined): void {
  writer.byte(Kind.mark);
  writer.varint(snapshot);
  writer.varint(slot === undefined ? 0 : slot + 1);
}

export function writeCode(writer: Writer, hash: string, bytes: Uint8Array): void {
  writer.byte(Kind.code);
  writer.text(hash);
  writer.bytes(bytes);
}

function begin(writer: Writer, kind: number, { slot, epoch, stream }: LogPlace): void {
  writer.byte(kind);
  writer.varint(slot);
  writer.varint(epoch);
  writer.varint(stream);
}

/** @throws {MalformedError} */
export function* readRecords(payload: Buffer): Iterable<LogRecord> {
  const reader = new Reader(payload, false);
  const place = (): LogPlace => ({
    slot: reader.varint(),
    epoch: reader.varint(),
    stream: reader.varint(),
  });
  while (!reader.done) {
    const kind = reader.byte();
    switch (kind) {
      case Kind.entry: {
        const head = { kind: 'entry', ...place(), index: reader.varint(), commit: reader.varint() } as const;
        const from = reader.position;
        reader.value();
        yield { ...head, bytes: payload.subarray(from, reader.position) };
        break;
      }
      case Kind.state:
        yield { kind: 'state', ...place(), index: reader.varint(), bytes: reader.bytes() as Buffer };
        break;
      case Kind.cut:
        yield { kind: 'cut', ...place(), last: reader.varint() };
        break;
      case Kind.drop:
        yield { kind: 'drop', slot: reader.varint() };
        break;
      case Kind.code:
        yield { kind: 'code', hash: reader.text(), bytes: reader.bytes() };
        break;
      case Kind.mark: {
        const snapshot = reader.varint();
        const slot = reader.varint();
        yield { kind: 'mark', snapshot, slot: slot === 0 ? undefined : slot - 1 };
        break;
      }
      default:
        throw new MalformedError(`no record of a log has the kind ${kind}`);
    }
  }
}
