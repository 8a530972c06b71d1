import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import wabt from 'wabt';
import { ByteCounter } from '../src/text/byte-counter.ts';

test('counts a byte in any bytes, in its window or elsewhere', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(255), fc.nat(40), (bytes, byte, offset) => {
      const counter = new ByteCounter();
      const expected = bytes.filter((one) => one === byte).length;
      expect(counter.count(bytes, byte)).toBe(expected);
      counter.window.set(bytes, offset);
      expect(counter.count(counter.window.subarray(offset, offset + bytes.length), byte)).toBe(expected);
    }),
    { examples: [[new Uint8Array(100).fill(255), 255, 0]] },
  );
});

test('counts what is larger than its window', () => {
  const bytes = Buffer.alloc(3 * 2 ** 20 + 5, 'ab');
  expect(new ByteCounter().count(bytes, 0x61)).toBe(Math.ceil(bytes.length / 2));
});

test('its bytes are what count-byte.wat is assembled to', async () => {
  const read = (name: string): string =>
    readFileSync(new URL(`../src/text/${name}`, import.meta.url), 'utf8');
  const { parseWat } = await wabt();
  const { buffer } = parseWat('count-byte.wat', read('count-byte.wat'), { simd: true }).toBinary({});
  expect(read('byte-counter.ts')).toContain(Buffer.from(buffer).toString('base64'));
});
