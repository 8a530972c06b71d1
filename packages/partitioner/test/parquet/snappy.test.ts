/** Snappy beside a decoder that follows its description byte by byte. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import wabt from 'wabt';
import { uncompressSnappy } from '../../src/parquet/snappy.ts';

/** https://github.com/google/snappy/blob/main/format_description.txt; undefined where the bytes are none. */
function reference(packed: Uint8Array): Uint8Array | undefined {
  let at = 0;
  const little = (bytes: number): number => {
    let value = 0;
    for (let n = 0; n < bytes; n++) value += (packed[at++] ?? Number.NaN) * 256 ** n;
    return value;
  };
  let length = 0;
  for (let shift = 1, more = true; more; shift *= 128) {
    const byte = little(1);
    if (Number.isNaN(byte) || shift > 128 ** 4) return undefined;
    length += (byte & 127) * shift;
    more = byte >= 128;
  }
  const out: number[] = [];
  while (at < packed.length) {
    const tag = little(1);
    const kind = tag & 3;
    if (kind === 0) {
      const count = tag >> 2 < 60 ? (tag >> 2) + 1 : little((tag >> 2) - 59) + 1;
      if (!(at + count <= packed.length) || out.length + count > length) return undefined;
      out.push(...packed.subarray(at, at + count));
      at += count;
    } else {
      const count = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      const distance = kind === 1 ? (tag >> 5) * 256 + little(1) : little(kind === 2 ? 2 : 4);
      if (!(distance > 0 && distance <= out.length) || out.length + count > length) return undefined;
      for (let n = 0; n < count; n++) out.push(out[out.length - distance]!);
    }
  }
  return out.length === length ? Uint8Array.from(out) : undefined;
}

/** A piece as any writer may make it: bytes as they are, or a copy from so far back, as a share of what is there. */
const piece = fc.oneof(
  fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 150 }), told: fc.integer({ min: 0, max: 4 }) }),
  fc.record({
    kind: fc.constantFrom(1, 2, 3),
    count: fc.integer({ min: 1, max: 64 }),
    back: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4000 })),
  }),
);

type Piece = typeof piece extends fc.Arbitrary<infer Made> ? Made : never;

function pack(pieces: readonly Piece[]): {
  readonly packed: Uint8Array;
  readonly length: number;
} {
  const body: number[] = [];
  let length = 0;
  const little = (value: number, bytes: number): void => {
    for (let n = 0; n < bytes; n++) body.push((value >> (8 * n)) & 255);
  };
  for (const one of pieces) {
    if ('bytes' in one) {
      const { bytes } = one;
      const told = bytes.length <= 60 ? one.told : Math.max(1, one.told);
      if (told === 0) body.push((bytes.length - 1) << 2);
      else {
        body.push((59 + told) << 2);
        little(bytes.length - 1, told);
      }
      body.push(...bytes);
      length += bytes.length;
      continue;
    }
    if (length === 0) continue;
    const distance = Math.min(one.back, length, one.kind === 1 ? 2047 : 65_535);
    const count = one.kind === 1 ? 4 + (one.count % 8) : one.count;
    if (one.kind === 1) body.push(((distance >> 8) << 5) | ((count - 4) << 2) | 1, distance & 255);
    else {
      body.push(((count - 1) << 2) | one.kind);
      little(distance, one.kind === 2 ? 2 : 4);
    }
    length += count;
  }
  return { packed: Uint8Array.from([...varint(length), ...body]), length };
}

const pieces = fc.array(piece, { maxLength: 60 });

test('unpacks whatever a writer may have made', () => {
  fc.assert(
    fc.property(pieces, (made) => {
      const { packed, length } = pack(made);
      expect(Buffer.compare(uncompressSnappy(packed, length), reference(packed)!)).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('what is damaged is an error, or what the description makes of it', () => {
  const damage = fc.array(fc.tuple(fc.nat(10_000), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(pieces, damage, fc.nat(200), (made, changes, cut) => {
      const { packed, length } = pack(made);
      for (const [at, byte] of changes) packed[at % packed.length] = byte;
      const damaged = packed.subarray(0, Math.max(0, packed.length - (cut > 100 ? cut - 100 : 0)));
      const expected = reference(damaged);
      if (expected?.length === length)
        expect(Buffer.compare(uncompressSnappy(damaged, length), expected)).toBe(0);
      else expect(() => uncompressSnappy(damaged, length)).toThrow(/Snappy/);
    }),
    { numRuns: 1_000 },
  );
});

test('pages of megabytes, one after another', () => {
  for (const size of [0, 1, 3 * 2 ** 20, 100]) {
    const bytes = Buffer.alloc(size, 'skein');
    const packed = Buffer.concat([varint(size), ...(size === 0 ? [] : [literal(bytes)])]);
    expect(Buffer.compare(uncompressSnappy(packed, size), bytes)).toBe(0);
  }
});

test('its bytes are what snappy.wat is assembled to', async () => {
  const read = (name: string): string =>
    readFileSync(new URL(`../../src/parquet/${name}`, import.meta.url), 'utf8');
  const { parseWat } = await wabt();
  const features = { simd: true, bulk_memory: true };
  const { buffer } = parseWat('snappy.wat', read('snappy.wat'), features).toBinary({});
  expect(read('snappy.ts')).toContain(Buffer.from(buffer).toString('base64'));
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>= 7) {
    bytes.push(left < 128 ? left : (left & 127) | 128);
    if (left < 128) return Buffer.from(bytes);
  }
}

function literal(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5, 63 << 2);
  head.writeUInt32LE(bytes.length - 1, 1);
  return Buffer.concat([head, bytes]);
}
