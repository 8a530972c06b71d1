import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PartReader } from '../src/format/format.ts';
import { format, type TextOptions } from '../src/format/text.ts';
import { checkNewline } from '../src/text/newline.ts';
import { all } from './support/all.ts';
import { MemorySource } from './support/memory-source.ts';

/** Lines as an independent few lines of code have them: by searching the whole object for the newline. */
function linesOf(content: Buffer, newline: 'any' | Buffer | undefined): string[] {
  const lines: Buffer[] = [];
  let from = 0;
  const marks = newline === 'any' ? ['\r\n', '\n', '\r'] : [newline ?? '\n'];
  while (from < content.length) {
    const hits = marks.map((mark) => [content.indexOf(mark, from), Buffer.from(mark).length] as const);
    const [at, length] = hits
      .filter(([hit]) => hit >= 0)
      .reduce((a, b) => (b[0] < a[0] ? b : a), [content.length, 0] as const);
    const dropped = newline === undefined && length > 0 && content[at - 1] === 13 && at > from ? 1 : 0;
    lines.push(content.subarray(from, at - dropped));
    from = at + length;
  }
  const texts = lines.map((line) => line.toString());
  if (texts[0]?.startsWith('\ufeff')) texts[0] = texts[0].slice(1);
  return texts;
}

async function partsOf(
  content: Uint8Array,
  target: { bytes: number } | { parts: number },
  options: TextOptions = {},
  piece = 64 * 1024,
): Promise<PartReader[]> {
  const source = new MemorySource(content, { piece });
  return (await format.cut(source, target, options)).map((cut) => format.open(source, cut, options));
}

const NEWLINES = [
  undefined,
  'any' as const,
  ...['\n', '\r\n', '\r', 'é', 'ab', 'aba', '\n\n', '|~|', '\ufffd'].map((text) => Buffer.from(text)),
  Buffer.of(0),
  Buffer.of(0xa9),
  Buffer.of(0xff, 0x0a),
];

/** Bytes of which newlines, halves of newlines and of characters are made, so that they meet often. */
const content = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          '\n',
          '\r\n',
          '\r',
          'a',
          'b',
          'ab',
          'aba',
          'é',
          '€',
          '😀',
          '|~|',
          '\ufeff',
        ),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }) },
    ),
    { maxLength: 60 },
  )
  .map((pieces) => Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))))
  .filter((bytes) => !/^(?:fffe|feff|1f8b08)/.test(bytes.toString('hex'))); // which are refused

describe('whatever the bytes, the newline and the size of parts', () => {
  test('parts joined are the object, lines are those of the whole, and the count is theirs', async () => {
    await fc.assert(
      fc.asyncProperty(
        content,
        fc.constantFrom(...NEWLINES),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (bytes, newline, size, piece) => {
          const options = newline === undefined ? {} : { newline: checkNewline(newline) };
          const parts = await partsOf(bytes, { bytes: size }, options, piece);
          const streams = await Promise.all(
            parts.map(async (part) => Buffer.concat(await all(part.stream()))),
          );
          expect(Buffer.concat(streams)).toEqual(bytes);
          const lines = await Promise.all(parts.map(async (part) => (await all(part.lines())).flat()));
          expect(lines.flat()).toEqual(linesOf(bytes, newline));
          const counts = await Promise.all(parts.map((part) => part.count()));
          expect(counts).toEqual(lines.map((some) => some.length));
        },
      ),
      { numRuns: 600 },
    );
  });
});

describe('lines', () => {
  const linesIn = async (text: string | Uint8Array, target: { bytes: number }): Promise<string[][]> =>
    Promise.all(
      (await partsOf(Buffer.from(text as string), target)).map(async (part) =>
        (await all(part.lines())).flat(),
      ),
    );

  test('a character of several bytes lies across a cut', async () => {
    for (let bytes = 1; bytes < 12; bytes++)
      expect((await linesIn('😀é\n€uro\n', { bytes })).flat()).toEqual(['😀é', '€uro']);
  });

  test('a line longer than parts leaves those empty in which none begins', async () => {
    const parts = await linesIn(`${'x'.repeat(50)}\ny\n`, { bytes: 10 });
    expect(parts.map((lines) => lines.length)).toEqual([1, 0, 0, 0, 0, 1]);
  });

  test('an object without a byte is one part without lines; one without a newline has one line', async () => {
    expect(await linesIn('', { bytes: 10 })).toEqual([[]]);
    expect((await linesIn('alone', { bytes: 2 })).flat()).toEqual(['alone']);
    expect((await linesIn('\n\n', { bytes: 1 })).flat()).toEqual(['', '']);
  });

  test('a byte order mark is no part of the first line, and one elsewhere stays', async () => {
    expect((await linesIn('\ufeffa\n\ufeffb\n', { bytes: 4 })).flat()).toEqual(['a', '\ufeffb']);
  });

  test('a carriage return before the newline is no part of a line, unless the newline was said', async () => {
    expect((await linesIn('a\r\nb\r\n', { bytes: 2 })).flat()).toEqual(['a', 'b']);
    const [part] = await partsOf(Buffer.from('a\r\nb'), { parts: 1 }, { newline: checkNewline('\n') });
    expect((await all(part!.lines())).flat()).toEqual(['a\r', 'b']);
  });
});

describe('cuts', () => {
  test('are even, and never more than there are bytes', async () => {
    const cuts = async (size: number, target: { bytes: number } | { parts: number }): Promise<number[]> => {
      const source = { ...new MemorySource(''), name: 'x', size, read: fail, stream: fail };
      return (await format.cut(source, target, {})).map(({ start, end }) => end - start);
    };
    const fail = (): never => {
      throw new Error('text is cut without reading');
    };
    expect(await cuts(65_000_000, { bytes: 64_000_000 })).toEqual([32_500_000, 32_500_000]);
    expect(await cuts(10, { parts: 3 })).toEqual([3, 3, 4]);
    expect(await cuts(2, { parts: 5 })).toEqual([1, 1]);
    expect(await cuts(0, { parts: 5 })).toEqual([0]);
  });

  test('a newline that overlaps itself makes one part, which says so', async () => {
    const source = new MemorySource('aaaaabaaa');
    const cuts = await format.cut(source, { bytes: 2 }, { newline: checkNewline('aa') });
    expect(cuts).toMatchObject([{ start: 0, end: 9, note: expect.stringContaining('overlaps itself') }]);
    const part = format.open(source, cuts[0]!, { newline: checkNewline('aa') });
    expect((await all(part.lines())).flat()).toEqual(['', '', 'ab', 'a']);
  });

  test('a part reads its own bytes and little more, a count none beyond them', async () => {
    const source = new MemorySource(Buffer.from(`${'x'.repeat(99)}\n`.repeat(20_000)));
    const cuts = await format.cut(source, { parts: 20 }, {});
    expect(await format.open(source, cuts[7]!, {}).count()).toBe(1000);
    expect(source.bytesRead).toBe(100_000);
    const before = source.bytesRead;
    expect((await all(format.open(source, cuts[7]!, {}).lines())).flat()).toHaveLength(1000);
    expect(source.bytesRead - before).toBeLessThan(100_000 + 64 * 1024);
  });
});
