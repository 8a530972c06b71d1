/** Messages that come seldom; calls and replies are written where they are made. Kinds are written by their frames. */
import type { Lease } from '../lease.ts';
import type { Reader } from '../value/reader.ts';
import type { Value } from '../value/value.ts';
import type { Writer } from '../value/writer.ts';
import { DefineFlag } from './protocol.ts';

/** The first message of a client. */
export interface Hello {
  readonly magic: string;
  readonly version: number;
  /** Empty: none. */
  readonly token: string;
}

export function writeHello(writer: Writer, { magic, version, token }: Hello): void {
  writer.text(magic);
  writer.varint(version);
  writer.text(token);
}

export function readHello(reader: Reader): Hello {
  return { magic: reader.text(), version: reader.varint(), token: reader.text() };
}

/** A node's answer to it. */
export interface Welcome {
  readonly version: number;
  /** Its own address among the members. */
  readonly node: string;
  /** Of this life of the node. */
  readonly incarnation: string;
  readonly members: readonly string[];
  readonly maxMessageBytes: number;
  /** Slots move between members, and sessions are those of all of them. */
  readonly isCluster: boolean;
}

export function writeWelcome(writer: Writer, welcome: Welcome): void {
  writer.varint(welcome.version);
  writer.text(welcome.node);
  writer.text(welcome.incarnation);
  writer.values(welcome.members);
  writer.varint(welcome.maxMessageBytes);
  writer.byte(welcome.isCluster ? 1 : 0);
}

export function readWelcome(reader: Reader): Welcome {
  return {
    version: reader.varint(),
    node: reader.text(),
    incarnation: reader.text(),
    members: reader.values() as string[],
    maxMessageBytes: reader.varint(),
    // Nodes of before say nothing.
    isCluster: !reader.done && reader.byte() === 1,
  };
}

export interface SessionMessage {
  /** Its number on this connection. */
  readonly alias: number;
  readonly id: string;
  /** Of a call: the session of its process. */
  readonly parent: string | undefined;
  readonly ttlMs: number;
  /** It has begun before: when the node does not know it, it is lost. */
  readonly resume: boolean;
}

export function writeSession(writer: Writer, { alias, id, parent, ttlMs, resume }: SessionMessage): void {
  writer.varint(alias);
  writer.text(id);
  writer.text(parent ?? '');
  writer.varint(ttlMs);
  writer.byte(resume ? 1 : 0);
}

export function readSession(reader: Reader): SessionMessage {
  return {
    alias: reader.varint(),
    id: reader.text(),
    parent: reader.text() || undefined,
    ttlMs: reader.varint(),
    resume: reader.byte() === 1,
  };
}

export interface Definition {
  /** The object's number on this connection. */
  readonly ref: number;
  readonly type: string;
  readonly key: string;
  readonly mode: 'create' | 'await';
  /** The incarnation of the node in which the client has used it. */
  readonly seenIn: string | undefined;
  /** With which the object goes, if this makes it. */
  readonly lease?: Lease | undefined;
  readonly config: readonly Value[];
}

export function writeDefinition(writer: Writer, definition: Definition): void {
  const { ref, type, key, mode, seenIn, lease, config } = definition;
  writer.varint(ref);
  writer.text(type);
  writer.text(key);
  writer.byte(
    (mode === 'await' ? DefineFlag.await : 0) |
      (seenIn === undefined ? 0 : DefineFlag.seen) |
      (lease === undefined ? 0 : DefineFlag.leased),
  );
  if (seenIn !== undefined) writer.text(seenIn);
  if (lease !== undefined) {
    writer.text(lease.id);
    writer.varint(lease.ttlMs);
  }
  writer.values(config);
}

export function readDefinition(reader: Reader): Definition {
  const ref = reader.varint();
  const type = reader.text();
  const key = reader.text();
  const flags = reader.byte();
  const seenIn = flags & DefineFlag.seen ? reader.text() : undefined;
  const lease = flags & DefineFlag.leased ? { id: reader.text(), ttlMs: reader.varint() } : undefined;
  return {
    ref,
    type,
    key,
    mode: flags & DefineFlag.await ? 'await' : 'create',
    seenIn,
    lease,
    config: reader.values(),
  };
}
