import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressed } from '../../src/compressed/compressed.ts';
import { format as csv, tsv } from '../../src/format/csv.ts';
import type { Format } from '../../src/format/format.ts';
import { format as jsonLines } from '../../src/format/json-lines.ts';
import { format as text } from '../../src/format/text.ts';
import type { ReadOptions } from '../../src/options.ts';
import { MemorySource } from '../support/memory-source.ts';
import { joined, partsOf } from '../support/opened.ts';
import { bgzf, zstd } from '../support/packed.ts';

const newlines = fc.constantFrom<ReadOptions['newline']>(undefined, 'any', [13, 10], [59, 59, 60]);
const lines = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r', '\r\n', ';;<', ';'), maxLength: 80 });
const cells = fc.string({
  unit: fc.constantFrom('a', 'é', ',', '"', '"a\n"', '\n', '\r\n', ' '),
  maxLength: 80,
});

const packings = {
  bgzf: { kind: 'gzip', pack: bgzf },
  'seekable zstd': { kind: 'zstd', pack: zstd },
  gzip: { kind: 'gzip', pack: (content: Uint8Array) => gzipSync(content) },
  zstd: {
    kind: 'zstd',
    pack: (content: Uint8Array, frame: number) => zstd(content, frame, { seekable: false }),
  },
} as const;

describe.each(Object.entries(packings))('%s', (_, { kind, pack }) => {
  it('has the lines of its text, each once, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        lines,
        newlines,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 10, max: 200 }),
        async (content, newline, block, bytes) => {
          const options: ReadOptions = newline === undefined ? {} : { newline };
          const bytesOf = Buffer.from(content);
          const expected = await joined(
            await partsOf(text, new MemorySource(bytesOf), { parts: 1 }, options),
            (part) => part.lines(),
          );
          const source = new MemorySource(pack(bytesOf, block), { piece: 50 });
          const parts = await partsOf(compressed(text, kind), source, { bytes }, options);
          expect(await joined(parts, (part) => part.lines())).toEqual(expected);
          const streamed: Uint8Array[] = [];
          for (const part of parts)
            for await (const piece of part.stream()) streamed.push(Buffer.from(piece));
          expect(Buffer.concat(streamed)).toEqual(bytesOf);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('has the records of its CSV with a header for all parts, or fails as the text does', async () => {
    const outcome = async (
      format: Format<ReadOptions>,
      source: MemorySource,
      bytes: number,
    ): Promise<unknown> => {
      try {
        const parts = await partsOf(format, source, { bytes }, {});
        const counts = await Promise.all(parts.map((part) => part.count()));
        const rows = await joined(parts, (part) => part.rows());
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows.length);
        return rows;
      } catch (error) {
        return String((error as { code?: unknown }).code ?? error);
      }
    };
    await fc.assert(
      fc.asyncProperty(
        cells,
        fc.integer({ min: 4, max: 40 }),
        fc.integer({ min: 15, max: 200 }),
        async (content, block, bytes) => {
          const bytesOf = Buffer.from(`a,b,c,d,e,f,g\n${content}`);
          const expected = await outcome(csv, new MemorySource(bytesOf), bytesOf.length + 1);
          const found = await outcome(
            compressed(csv, kind),
            new MemorySource(pack(bytesOf, block), { piece: 50 }),
            bytes,
          );
          if (found !== 'ambiguous-quotes') expect(found).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});

it('is cut by members and frames where they are, and the plan says so', async () => {
  const rows = Buffer.from(Array.from({ length: 5000 }, (_, row) => `${row}\t"cell of\n${row}"\n`).join(''));
  for (const [name, { kind, pack }] of Object.entries(packings)) {
    const source = new MemorySource(pack(rows, 4096));
    const cuts = await compressed(tsv, kind).cut(source, { parts: 4 }, { csv: { header: false } });
    expect(cuts).toHaveLength(name === 'gzip' || name === 'zstd' ? 1 : 4);
    expect(cuts[0]!.note).toMatch(/^(?:one part: (?:gzip|zstd) |by members |by frames )/);
    const parts = cuts.map((cut) => compressed(tsv, kind).open(source, cut, { csv: { header: false } }));
    const counts = await Promise.all(parts.map((part) => part.count()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5000);
    if (counts.length === 4) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(1000);
  }
});

it('knows the state at cuts between frames, when quotes are to be scanned', async () => {
  const content = Buffer.from(`1,"${'\n","\n'.repeat(40)}"\n2,x\n`);
  const options = { csv: { quotes: 'scan', header: false } } as const;
  const expected = await joined(
    await partsOf(csv, new MemorySource(content), { parts: 1 }, options),
    (part) => part.rows(),
  );
  const parts = await partsOf(
    compressed(csv, 'zstd'),
    new MemorySource(zstd(content, 16)),
    { parts: 8 },
    options,
  );
  expect(parts).toHaveLength(8);
  expect(await joined(parts, (part) => part.rows())).toEqual(expected);
});

it('reads JSON lines of members', async () => {
  const values = Array.from({ length: 500 }, (_, id) => ({ id, text: `line ${id}` }));
  const source = new MemorySource(
    bgzf(Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join('')), 999),
  );
  const parts = await partsOf(compressed(jsonLines, 'gzip'), source, { parts: 3 }, {});
  expect(parts).toHaveLength(3);
  expect(await joined(parts, (part) => part.records())).toEqual(values);
});
