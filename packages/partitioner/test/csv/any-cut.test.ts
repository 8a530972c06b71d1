import fc from 'fast-check';
import { expect, it } from 'vitest';
import { format } from '../../src/format/csv.ts';
import { MemorySource } from '../support/memory-source.ts';
import { joined, partsOf } from '../support/opened.ts';
import { wholeFile } from '../support/whole-file.ts';

const cell = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('a', 'é', '\u{1f600}', ',', '"', '\n', '\r\n', ' '), maxLength: 12 }),
  fc.integer().map(String),
);
const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 12 });

/** As RFC 4180 writes it: quoted where it must be, and at random where it need not. */
function written(value: string, quoteAnyway: boolean): string {
  const needed = /[",\r\n\u2028\u2029]|^\s|\s$/.test(value) || value === '';
  return needed || quoteAnyway ? `"${value.replaceAll('"', '""')}"` : value;
}

it('the rows of all parts are those of the file, wherever it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 64 }),
      fc.constantFrom('guess' as const, 'scan' as const),
      async (rows, newline, always, endsOpen, bytes, piece, quotes) => {
        const text = rows.map((row) => row.map((value) => written(value, always)).join(',')).join(newline);
        const source = new MemorySource(text + (endsOpen ? '' : newline), { piece });
        const parts = await partsOf(format, source, { bytes }, { csv: { header: false, quotes } });
        expect(await joined(parts, (part) => part.rows())).toEqual(rows);
        expect(rows).toEqual(await wholeFile(text));
      },
    ),
    { numRuns: 150 },
  );
});
