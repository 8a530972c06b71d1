import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cellsOf } from '../../src/csv/cells.ts';
import { Counter } from '../../src/csv/counter.ts';
import { dialectOf } from '../../src/csv/dialect.ts';
import { ownRecords } from '../../src/csv/own-records.ts';
import { planStates } from '../../src/csv/planned.ts';
import { Splitter } from '../../src/csv/splitter.ts';
import { codeOf } from '../../src/errors.ts';
import { evenCuts } from '../../src/format/cuts.ts';
import type { Cut } from '../../src/format/format.ts';
import { MemorySource } from '../support/memory-source.ts';
import { wholeFile } from '../support/whole-file.ts';

/** What an attempt comes to: what is read, or the code of the error. */
type Outcome = { readonly records: readonly string[] } | { readonly code: unknown };

interface Attempt {
  readonly dialect: keyof typeof DIALECTS;
  readonly window: number;
  readonly quotes: 'guess' | 'scan';
}

/** Reads all parts; records, bytes and counts must tell the same. */
async function read(source: MemorySource, bytes: number, attempt: Attempt): Promise<Outcome> {
  const { window, quotes } = attempt;
  const dialect = DIALECTS[attempt.dialect];
  try {
    let cuts: readonly Cut[] = evenCuts(source, { bytes });
    if (quotes === 'scan') cuts = await planStates(source, cuts, dialect.automaton);
    const records: string[] = [];
    const pieces: Uint8Array[] = [];
    let count = 0;
    for (const cut of cuts) {
      const part = { source, cut, dialect, dataStart: 0, window };
      const splitter = new Splitter(dialect.automaton);
      for await (const piece of ownRecords(part, splitter)) pieces.push(Buffer.from(piece));
      splitter.finish();
      records.push(...splitter.take());
      const counter = new Counter(dialect.automaton);
      for await (const _piece of ownRecords(part, counter, undefined, Buffer.alloc(64)));
      count += counter.count;
    }
    expect(count).toBe(records.length);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(await source.read(0, source.size)));
    return { records };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return { code };
  }
}

/** Puts each piece over the one before, as files do. */
class Overwriting extends MemorySource {
  override async *stream(
    start: number,
    end?: number,
    signal?: AbortSignal,
    into?: Uint8Array,
  ): AsyncGenerator<Uint8Array> {
    for await (const piece of super.stream(start, end, signal)) {
      if (into === undefined) yield piece;
      else {
        into.fill(0x22); // a quote
        into.set(piece);
        yield into.subarray(0, piece.length);
      }
    }
  }
}

const rich = (...units: string[]): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...units), maxLength: 60 });

const adversarial = fc.oneof(
  rich('"', '"', 'a', ',', '\n'),
  rich('"', ',', '\n'),
  rich('a', '\n', '\r', '"', ',', ' ', '#', '\\', '\t', 'é'),
  rich('","', '"\n"', '""', '5" pipe', '\n', 'a,b\n', '"a\nb"', ',', '#"\n'),
  // Cells longer than any window, without a quote in them, or with nothing but quotes.
  fc
    .tuple(
      rich('"', 'a', ',', '\n'),
      fc.constantFrom('x\n', ',y', '""', '\n'),
      fc.nat(60),
      rich('"', ',', '\n'),
    )
    .map(([before, unit, times, after]) => `${before}"${unit.repeat(times)}"${after}`),
);

const DIALECTS = {
  plain: dialectOf({}, ','),
  escape: dialectOf({ csv: { escape: '\\' } }, ','),
  comment: dialectOf({ csv: { comment: '#' } }, ','),
  unquoted: dialectOf({ csv: { quote: false } }, ','),
  lines: dialectOf({ csv: { multiline: false } }, '\t'),
};

it('bytes made to deceive are read as the uncut file is, or fail, and never give other records', async () => {
  const codes = new Map<unknown, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        text: adversarial,
        bytes: fc.integer({ min: 1, max: 30 }),
        window: fc.integer({ min: 1, max: 40 }),
        dialect: fc.constantFrom(...(Object.keys(DIALECTS) as (keyof typeof DIALECTS)[])),
        quotes: fc.constantFrom('guess' as const, 'scan' as const),
        piece: fc.integer({ min: 1, max: 32 }),
        mark: fc.boolean(),
      }),
      async ({ text, bytes, piece, mark, ...attempt }) => {
        const source = new Overwriting((mark ? '\ufeff' : '') + text, { piece });
        const uncut = await read(source, source.size + 1, { ...attempt, quotes: 'guess' });
        const cut = await read(source, bytes, attempt);
        const code = 'code' in cut ? cut.code : 'right';
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if ('code' in uncut) expect(cut).toHaveProperty('code');
        else if ('records' in cut || attempt.quotes === 'scan') expect(cut).toEqual(uncut);
        else expect(cut).toEqual({ code: 'ambiguous-quotes' });
      },
    ),
    { numRuns: 3000 },
  );
  // Otherwise the test would have shown nothing of one or the other.
  expect(codes.get('right')).toBeGreaterThan(500);
  expect(codes.get('ambiguous-quotes')).toBeGreaterThan(10);
});

it('what is not cut is what fast-csv reads, with stray quotes, blanks around quotes, and what is no CSV', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(adversarial, rich('"', ',', 'a', ' ', '\n')), async (text) => {
      const source = new MemorySource(text);
      const ours = await read(source, source.size + 1, { dialect: 'plain', window: 10, quotes: 'guess' });
      const theirs = await wholeFile(text).catch(() => undefined);
      if (theirs === undefined) expect(ours).toEqual({ code: 'malformed' });
      else {
        const rows = 'records' in ours ? await cellsOf(ours.records, DIALECTS.plain, 'memory') : [];
        // fast-csv has a row without cells for each empty line, and drops blanks with which a row begins and that are all of a cell.
        const normal = (row: readonly string[]): readonly string[] =>
          row.map((cell, at) => (at === 0 && cell.trim() === '' ? '' : cell));
        const isLine = (row: readonly string[]): boolean => row.length > 1 || (row[0] ?? '').trim() !== '';
        expect(rows.map(normal).filter(isLine)).toEqual(theirs.map(normal).filter(isLine));
      }
    }),
    { numRuns: 1000 },
  );
});
