/**
 * The protocol between a client and a node, described in docs/wire.md. Frames of at most 256 KiB on any stream of bytes:
 * a socket, or the messages of a gRPC stream. A message that is larger goes in parts, between which others pass.
 */

/** Raised when a message changes its meaning; both sides must have the same. */
export const PROTOCOL_VERSION = 1;
export const MAGIC = 'skein-dso';

/** A frame: its length in four bytes, little-endian, then its kind, then the rest. */
export const MAX_FRAME: number = 256 * 1024;

/** What clients send. */
export const ToNode = {
  hello: 1,
  /** Begins a session, or goes on with it. */
  session: 2,
  /** Ends one. */
  end: 3,
  /** Names an object for this connection. */
  define: 4,
  /** Operations, as many as fit. */
  calls: 5,
  /** A session's sign of life, by its id: also on connections that did not begin it. */
  beat: 6,
  cancel: 7,
  acknowledge: 8,
  admin: 10,
  /** Another member speaks from here on: who, and to whom. */
  peer: 11,
  /** What members say to each other about slots: `cluster/messages.ts`. */
  replicate: 12,
  part: 15,
} as const;

/** What nodes send. */
export const ToClient = {
  welcome: 1,
  replies: 2,
  /** The connection cannot go on: why. */
  goodbye: 3,
  /** A session is over. */
  sessionLost: 4,
  /** In a cluster: the life of an object's slot, which its next successful use has seen. */
  life: 5,
  /** The answer to a beat: nothing but a sign of life. */
  beat: 6,
  /** In a cluster: who the members are now. */
  members: 7,
  admin: 10,
  part: 15,
} as const;

/** Bits of a call. */
export const CallFlag = { sequenced: 1, fence: 2, timeout: 4, epoch: 8 } as const;

/** Bits of a definition. */
export const DefineFlag = { await: 1, seen: 2, leased: 4 } as const;

export const ReplyKind = { value: 0, refusal: 1 } as const;
