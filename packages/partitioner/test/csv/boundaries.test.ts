import { describe, expect, it } from 'vitest';
import { automatonOf, QUOTED, RECORD } from '../../src/csv/automaton.ts';
import { decide } from '../../src/csv/boundary.ts';
import { format } from '../../src/format/csv.ts';
import type { ReadOptions } from '../../src/options.ts';
import { MemorySource } from '../support/memory-source.ts';
import { joined, partsOf } from '../support/opened.ts';

const automaton = automatonOf({
  delimiter: ',',
  quote: '"',
  escape: '"',
  comment: undefined,
  multiline: true,
});
const KIB = 1024;

describe('what follows a newline', () => {
  it.each([
    ['no quote at all', 'a,b\nc,d\n', RECORD],
    ['a cell that opens', 'a,"b"\n', RECORD],
    ['a cell that closes', 'end of cell",b\na,b\n', QUOTED],
    ['a cell that closes, among quoted ones', 'and ""more""","b"\n"c","d"\n', QUOTED],
    ['quotes within plain cells, of which only one reading is CSV', '5" pipe,7" pipe\n', RECORD],
    ['nothing but what opens and closes', '","\n","\n","', undefined],
  ])('with %s', (_, window, state) => {
    expect(decide(automaton, Buffer.from(window), false)).toBe(state);
  });

  it('that may not end within quotes', () => {
    const window = Buffer.from(',"');
    expect(decide(automaton, window, false)).toBe(undefined);
    expect(decide(automaton, window, true)).toBe(QUOTED);
  });
});

/** The records of all parts as they are written, which are read side by side, as by workers. */
async function read(
  text: string,
  bytes: number,
  csv: NonNullable<ReadOptions['csv']> = {},
): Promise<string[]> {
  const parts = await partsOf(format, new MemorySource(text, { name: 'bucket/key' }), { bytes }, { csv });
  expect(parts.length).toBeGreaterThan(2);
  return (await Promise.all(parts.map((part) => joined([part], (one) => one.lines())))).flat();
}

describe('a cell longer than what is looked at around a cut', () => {
  const pages = (line: string): string[] => [
    `1,"${line.repeat(8 * KIB)}"`,
    '2,b',
    `3,"${line.repeat(8 * KIB)}"`,
    '4,d',
  ];

  it('is an error where it misleads, which says what to do', async () => {
    await expect(read(pages('a line without quotes\n').join('\n'), 100 * KIB)).rejects.toMatchObject({
      code: 'ambiguous-quotes',
      object: 'bucket/key',
      message: expect.stringMatching(/^bucket\/key: .* csv: \{ quotes: 'scan' \} reads the object once more/),
    });
  });

  it('is read rightly when the plan scans quotes', async () => {
    const written = pages('a line without quotes\n');
    expect(await read(written.join('\n'), 100 * KIB, { quotes: 'scan' })).toEqual(written);
  });

  it('misleads nobody if quotes are in sight', async () => {
    const written = pages('a line with ""quotes""\n');
    expect(await read(written.join('\n'), 100 * KIB)).toEqual(written);
  });
});

it('cells whose quotes look the same from within and without are scanned from the beginning, and right', async () => {
  const written = ['x,y', ...Array.from({ length: 30 * KIB }, () => '"\n","\n"')];
  expect(await read(written.join('\n'), 80 * KIB)).toEqual(written);
});

it('quotes within plain cells are plain', async () => {
  const written = Array.from({ length: 20 * KIB }, (_, row) => `${row},${row % 9}" pipe,steel`);
  expect(await read(written.join('\n'), 100 * KIB)).toEqual(written);
});

it('without cells of many lines a cut needs no look ahead, and one is an error', async () => {
  const text = 'a,"b"\n'.repeat(1000);
  const source = new MemorySource(text);
  const parts = await partsOf(format, source, { parts: 4 }, { csv: { multiline: false, header: false } });
  expect(await joined(parts, (part) => part.rows())).toEqual(Array.from({ length: 1000 }, () => ['a', 'b']));
  await expect(read('a,"b\nc"\n', 3, { multiline: false })).rejects.toMatchObject({
    code: 'malformed',
    message: expect.stringContaining('byte 4 '),
  });
});

it('a part reads its own bytes, the header and what is looked at behind its end; planning reads nothing', async () => {
  const source = new MemorySource('some text,1\n'.repeat(500 * KIB));
  const cuts = await format.cut(source, { parts: 6 }, {});
  expect(source.reads).toEqual([]);
  const reader = format.open(source, cuts[3]!, {});
  await reader.count();
  const own = cuts[3]!.end - cuts[3]!.start;
  expect(source.bytesRead).toBeLessThanOrEqual(own + 3 * 64 * KIB);
});
