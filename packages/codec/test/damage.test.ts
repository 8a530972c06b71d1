import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodecError, decode, encode, HandleError } from '../src/index.ts';
import { difference } from './same.ts';

const value = {
  numbers: [1, 2.5, -0],
  text: 'héllo',
  big: new Float64Array(1000).map(Math.sqrt),
  bytes: Buffer.from('abc'),
  map: new Map([['k', new Date(5)]]),
  error: new TypeError('x'),
  list: Array.from({ length: 30 }, (_, i) => ({ i })),
};

function attempt(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    return error;
  }
}

describe('damaged and foreign messages', () => {
  const bytes = encode(value).toBytes();

  test('any flipped bit of the head or of a binary part is refused', () => {
    for (let at = 0; at < bytes.length; at += at < 1200 ? 1 : 97) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << (at % 8);
      const result = attempt(damaged);
      // The zero bytes between parts say nothing.
      if (!(result instanceof CodecError)) expect(difference(result, value)).toBeUndefined();
      else expect(['corrupt', 'version', 'not-a-message']).toContain(result.code);
    }
  });

  test('a message that was cut off, or goes on, is refused', () => {
    for (let length = 0; length < bytes.length; length += length < 1200 ? 1 : 211) {
      expect(attempt(bytes.subarray(0, length))).toBeInstanceOf(CodecError);
    }
    expect(attempt(Buffer.concat([bytes, Buffer.alloc(1)]))).toMatchObject({ code: 'corrupt' });
  });

  test('a newer version says so, whatever follows', () => {
    const newer = bytes.slice();
    newer[8] = 2;
    expect(attempt(newer)).toMatchObject({
      code: 'version',
      message: expect.stringMatching(/version 2.*reads version 1.*update/),
    });
  });

  test('other bytes are no message', () => {
    expect(attempt(Buffer.from('{"json": true}'))).toMatchObject({ code: 'not-a-message' });
    expect(attempt('text' as never)).toMatchObject({ code: 'not-a-message' });
  });

  test('random graphs with a valid checksum never crash, hang or allocate beyond the message', () => {
    const { crc32 } = process.getBuiltinModule('node:zlib');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(), (noise, where) => {
        const forged = Buffer.from(encode([value.list, value.map, value.text]).toBytes());
        const start = 20 + (where % (forged.length - 20));
        forged.set(noise.subarray(0, forged.length - start), start);
        forged.writeUInt32LE(crc32(forged.subarray(8)), 4);
        const result = attempt(forged);
        if (result instanceof Error && !(result instanceof CodecError || result instanceof HandleError)) {
          // A decoded error is a value; what is thrown must be ours.
          expect(() => decode(forged)).not.toThrow();
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('properties', () => {
  const leaf = fc.oneof(
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
      withBoxedValues: true,
      withUnicodeString: true,
    }),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer().map((n) => Symbol.for(String(n))),
  );

  test('whatever goes in comes out', () => {
    fc.assert(
      fc.property(leaf, (input) => {
        expect(difference(decode(encode(input).toBytes()), input)).toBeUndefined();
      }),
      { numRuns: 1500 },
    );
  });

  test('sharing and cycles come out as they went in', () => {
    const graph = fc
      .array(
        fc.tuple(fc.constantFrom('object', 'array', 'map', 'set'), fc.array(fc.nat(20), { maxLength: 6 })),
        { minLength: 1, maxLength: 20 },
      )
      .map((nodes) => {
        const made = nodes.map(
          ([kind]) =>
            (kind === 'object'
              ? {}
              : kind === 'array'
                ? []
                : kind === 'map'
                  ? new Map()
                  : new Set()) as object,
        );
        nodes.forEach(([, edges], i) => {
          const node = made[i]!;
          edges.forEach((edge, n) => {
            const target = made[edge % made.length]!;
            if (node instanceof Map) node.set(made[(edge + n) % made.length], target);
            else if (node instanceof Set) node.add(target);
            else if (Array.isArray(node)) node.push(target);
            else (node as Record<string, unknown>)[`k${n}`] = target;
          });
        });
        return made;
      });
    fc.assert(
      fc.property(graph, (input) => {
        expect(difference(decode(encode(input).toBytes()), input)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
