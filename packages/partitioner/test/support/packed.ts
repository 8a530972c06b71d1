import { crc32, deflateRawSync } from 'node:zlib';

/** BGZF as bgzip writes it (SAM specification, 4.1), its members of so many bytes. */
export function bgzf(content: Uint8Array, block: number): Buffer {
  const members: Buffer[] = [];
  for (let at = 0; at < content.length; at += block) members.push(member(content.subarray(at, at + block)));
  return Buffer.concat([...members, member(new Uint8Array())]); // the last, empty one marks the end
}

function member(content: Uint8Array): Buffer {
  const packed = deflateRawSync(content);
  const head = Buffer.from('1f8b08040000000000ff0600424302000000', 'hex');
  head.writeUInt16LE(head.length + packed.length + 8 - 1, 16);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(checksum(content), 0);
  tail.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, packed, tail]);
}

/** Zstandard of blocks as they are (RFC 8878, 3.1.1), in a frame for each so many bytes; with a table of them if it is seekable. */
export function zstd(content: Uint8Array, frame: number, { seekable = true } = {}): Buffer {
  const frames: Buffer[] = [];
  const entries: Buffer[] = [];
  for (let at = 0; at < content.length; at += frame) {
    const one = zstdFrame(content.subarray(at, at + frame));
    frames.push(one);
    entries.push(integers(one.length, Math.min(frame, content.length - at)));
  }
  if (!seekable) return Buffer.concat(frames);
  const footer = Buffer.concat([integers(frames.length), Buffer.of(0), integers(0x8f92eab1)]);
  const length = entries.length * 8 + footer.length;
  return Buffer.concat([...frames, integers(0x184d2a5e, length), ...entries, footer]);
}

const LARGEST_BLOCK = 128 * 1024;

function zstdFrame(content: Uint8Array): Buffer {
  const parts = [Buffer.from('28b52ffda0', 'hex'), integers(content.length)];
  for (let at = 0; at === 0 || at < content.length; at += LARGEST_BLOCK) {
    const block = content.subarray(at, at + LARGEST_BLOCK);
    const isLast = at + LARGEST_BLOCK >= content.length;
    parts.push(integers((block.length << 3) | Number(isLast)).subarray(0, 3), Buffer.from(block));
  }
  return Buffer.concat(parts);
}

function integers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, at * 4);
  return bytes;
}

function checksum(content: Uint8Array): number {
  return crc32(content);
}
