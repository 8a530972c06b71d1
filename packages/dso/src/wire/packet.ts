/**
 * The messages of proto/skein-dso.proto that clients send and get, by hand: a packet is one field of bytes, and a library
 * for that would have to be part of every function that uses a shared object.
 */
import { MalformedError } from '../value/reader.ts';

/** Where a service's method is, by HTTP/2. */
export const STREAM_PATH = '/skein.dso.v1.Dso/Stream';
export const BEAT_PATH = '/skein.dso.v1.Dso/Beat';

/** Field 1, of bytes or text. */
const FIELD_1 = 0x0a;

/** `Packet { frames }`. */
export function encodePacket(parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = fieldHead(length);
  return Buffer.concat([head, ...parts], head.length + length);
}

/**
 * The frames of a packet, which share memory with it.
 *
 * @throws {MalformedError} when it is none
 */
export function decodePacket(packet: Buffer): Buffer {
  let frames: Buffer | undefined;
  let at = 0;
  const varint = (): number => {
    for (let value = 0, factor = 1; factor < 2 ** 49; factor *= 128) {
      const byte = packet[at++];
      if (byte === undefined) break;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new MalformedError('a gRPC message that is no packet of frames');
  };
  while (at < packet.length) {
    const tag = varint();
    // Fields that a newer peer may send are passed over.
    switch (tag & 7) {
      case 0:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const end = varint() + at;
        if (tag === FIELD_1) frames = packet.subarray(at, end);
        at = end;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new MalformedError('a gRPC message that is no packet of frames');
    }
    if (at > packet.length) throw new MalformedError('a gRPC message that is cut off');
  }
  return frames ?? Buffer.alloc(0);
}

/** `BeatRequest { sessions: [session] }`, with the prefix that gRPC puts before a message. */
export function beatRequest(session: string): Buffer {
  const id = Buffer.from(session);
  const head = fieldHead(id.length);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(head.length + id.length, 1);
  return Buffer.concat([prefix, head, id]);
}

function fieldHead(length: number): Buffer {
  const bytes = [FIELD_1];
  let rest = length;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}
