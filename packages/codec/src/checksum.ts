/**
 * CRC-32. Below {@link NATIVE_FROM} bytes a table is faster than the call into zlib; zlib is only loaded for the
 * first longer message, because it costs 3 ms of a process's start.
 */
const NATIVE_FROM = 96;

type Crc32 = (data: Uint8Array, value?: number) => number;
let native: Crc32 | undefined;
let table: Int32Array | undefined;

/** The CRC-32 of a range of bytes, unsigned. */
export function checksum(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < NATIVE_FROM) return small(bytes, start, end);
  native ??= process.getBuiltinModule('node:zlib').crc32 as Crc32;
  return native(bytes.subarray(start, end));
}

function small(bytes: Uint8Array, start: number, end: number): number {
  table ??= makeTable();
  let crc = -1;
  for (let i = start; i < end; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTable(): Int32Array {
  const out = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    out[i] = c;
  }
  return out;
}
