import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import wabt from 'wabt';
import { LineCounter } from '../../src/csv/line-counter.ts';

const contentOf = (text: string): number => text.split(/[\r\n]/).filter((line) => line !== '').length;

test('counts lines with something in them, in its window or elsewhere', () => {
  const counter = new LineCounter();
  const lines = fc.string({ unit: fc.constantFrom('a', 'bcdefghij', '\n', '\r', '\r\n'), maxLength: 60 });
  fc.assert(
    fc.property(lines, fc.nat(40), (text, offset) => {
      const bytes = Buffer.from(`${text}\n`);
      expect(counter.count(bytes)).toBe(contentOf(text));
      counter.window.set(bytes, offset);
      expect(counter.count(counter.window.subarray(offset, offset + bytes.length))).toBe(contentOf(text));
    }),
    { numRuns: 500 },
  );
});

test('counts what is larger than its window, to the last of its bytes', () => {
  const long = `${'x'.repeat(2 ** 20 - 1)}\n`;
  for (const [line, content] of [
    ['abcdefg\n', 1],
    ['\n\r\n\r', 0],
    [long, 1],
  ] as const) {
    const times = Math.ceil((3 * 2 ** 20 + 5) / line.length);
    expect(new LineCounter().count(Buffer.from(line.repeat(times)))).toBe(times * content);
  }
  const counter = new LineCounter();
  counter.window.fill('abcdefg\n');
  expect(counter.count(counter.window)).toBe(2 ** 20 / 8);
});

test('its bytes are what count-lines.wat is assembled to', async () => {
  const read = (name: string): string =>
    readFileSync(new URL(`../../src/csv/${name}`, import.meta.url), 'utf8');
  const { parseWat } = await wabt();
  const { buffer } = parseWat('count-lines.wat', read('count-lines.wat'), { simd: true }).toBinary({});
  expect(read('line-counter.ts')).toContain(Buffer.from(buffer).toString('base64'));
});
