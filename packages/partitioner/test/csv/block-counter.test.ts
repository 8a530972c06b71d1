import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import wabt from 'wabt';
import { type Automaton, BROKEN, COMMENT, RECORD, run, type State } from '../../src/csv/automaton.ts';
import { BlockCounter } from '../../src/csv/block-counter.ts';
import { Counter } from '../../src/csv/counter.ts';
import { dialectOf } from '../../src/csv/dialect.ts';

const BLOCK = 32;
const RFC = dialectOf({}, ',').automaton;
const REGULAR = {
  plain: RFC,
  tabs: dialectOf({}, '\t').automaton, // the delimiter is a blank
  spaces: dialectOf({ csv: { quote: "'" } }, ' ').automaton,
  quotedBySpaces: dialectOf({ csv: { quote: ' ' } }, ',').automaton,
};
const ANY = {
  ...REGULAR,
  unquoted: dialectOf({ csv: { quote: false } }, ',').automaton,
  escape: dialectOf({ csv: { escape: '\\' } }, ',').automaton,
  comment: dialectOf({ csv: { comment: '#' } }, ',').automaton,
  lines: dialectOf({ csv: { multiline: false } }, ',').automaton,
};

/** Byte by byte: what begins a record, as far as the bytes are of the dialect. */
function reference({ next }: Automaton, start: State, bytes: Uint8Array) {
  let [records, state, walked] = [0, start, 0];
  for (const byte of bytes) {
    const before = state;
    state = next[(before << 8) | byte]!;
    if (state === BROKEN) break;
    walked++;
    if (before === RECORD && state !== RECORD && state !== COMMENT) records++;
  }
  return { records, state, walked };
}

const oneOf = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const cell = fc.oneof(
  oneOf('', 'a', 'bcd', ' e ', '  ', 'f'.repeat(40)),
  fc
    .string({ unit: oneOf('a', 'é', ',', '""', '\n', '\r\n', ' '), maxLength: 12 })
    .map((text) => `"${text}"`),
);
const record = fc
  .tuple(fc.array(cell, { minLength: 1, maxLength: 5 }), oneOf('\n', '\r\n', '\r', '\n\n'))
  .map(([cells, newline]) => cells.join(',') + newline);
/** As RFC 4180 has it, with something in some place that it has not; or made of what means something. */
const text = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.array(record, { minLength: 6, maxLength: 25, size: 'max' }),
        oneOf('', '', '"', ' "', '" ', '5" pipe', '#', '\\"', '\t', "'", '\0'),
        fc.nat(),
      )
      .map(([records, odd, where]) => records.toSpliced(where % records.length, 0, odd).join('')),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: oneOf('"', '"', ',', '\n', 'a', ' '), maxLength: 150, size: 'max' }),
  },
);

/** From some place of a text on, in the characters of a dialect, with the state there or another. */
const given = <T extends string>(automata: Readonly<Record<T, Automaton>>) =>
  fc
    .tuple(
      oneOf(...(Object.keys(automata) as T[])),
      text,
      fc.nat(60),
      fc.option(fc.nat(BROKEN - 1), { freq: 4, nil: undefined }),
    )
    .map(([dialect, written, skipped, other]) => {
      const automaton = automata[dialect];
      const { delimiter, quote } = automaton;
      const bytes = Buffer.from(written).map((byte) =>
        byte === 0x2c ? delimiter : byte === 0x22 ? quote & 0xff : byte,
      );
      const start = other ?? run(automaton, RECORD, bytes.subarray(0, skipped));
      return { dialect, start, bytes: bytes.subarray(skipped) };
    });

it('has the count and the state of the automaton, wherever it stops', () => {
  const counter = new BlockCounter();
  let [passed, stopped] = [0, 0];
  fc.assert(
    fc.property(given(REGULAR), fc.option(fc.nat(70)), ({ dialect, start, ...made }, offset) => {
      let bytes: Uint8Array = made.bytes;
      const automaton = REGULAR[dialect];
      if (offset !== null) {
        counter.window.fill(automaton.quote, 0, 2000);
        counter.window.set(bytes, offset);
        bytes = counter.window.subarray(offset, offset + bytes.length);
      }
      const { length, records, state } = counter.count(automaton, start, bytes);
      const expected = reference(automaton, start, bytes.subarray(0, length));
      expect({ records, state, walked: length }).toEqual(expected);
      expect(length % BLOCK).toBe(0);
      if (bytes.length - length >= BLOCK) stopped++;
      else if (bytes.subarray(0, length).includes(automaton.quote)) passed++;
    }),
    { numRuns: 4000 },
  );
  // Otherwise the test would have shown nothing of one or the other.
  expect(passed).toBeGreaterThan(400);
  expect(stopped).toBeGreaterThan(400);
});

it('stops at nothing that RFC 4180 has, from any state on, be it copied or not', () => {
  const rows = '1,"2, ""3""",4\r\n"",""\n"a\n\nb"\n x , y\n""""\n\n"e",\n';
  const all = Buffer.from(rows.repeat(400));
  const counter = new BlockCounter();
  counter.window.set(all);
  for (let from = 0; from < rows.length; from++) {
    const start = run(RFC, RECORD, all, 0, from);
    const length = all.length - from - ((all.length - from) % BLOCK);
    const expected = reference(RFC, start, all.subarray(from, from + length));
    for (const bytes of [all.subarray(from), counter.window.subarray(from, all.length)]) {
      const { length: walked, records, state } = counter.count(RFC, start, bytes);
      expect({ records, state, walked }).toEqual({ ...expected, walked: length });
    }
  }
});

it('stops before a quote that is no edge, and goes on behind its record', () => {
  const regular = '1,"2, ""3""",4\n'.repeat(100);
  for (const odd of ['5" pipe\n', ' "5"\n', '"5" ,6\n']) {
    const { length } = new BlockCounter().count(RFC, RECORD, Buffer.from(regular + odd + regular));
    expect(length).toBe(regular.length - (regular.length % BLOCK));
    const counter = new Counter(RFC);
    counter.feed(Buffer.from(regular + odd + regular));
    expect(counter.count).toBe(201);
  }
});

it('is not noticed in a Counter, of any dialect and fed in any pieces', () => {
  fc.assert(
    fc.property(given(ANY), fc.array(fc.nat(300), { maxLength: 3 }), ({ dialect, start, bytes }, cuts) => {
      const counter = new Counter(ANY[dialect]);
      counter.state = start;
      const ends = [...cuts, bytes.length].sort((a, b) => a - b);
      for (const [at, end] of ends.entries()) counter.feed(bytes.subarray(ends[at - 1] ?? 0, end));
      const { count: records, state, walked } = counter;
      const expected = reference(ANY[dialect], start, bytes);
      // What is no CSV is not counted: it is an error.
      if (expected.state === BROKEN)
        expect({ state, walked }).toEqual({ state: BROKEN, walked: expected.walked });
      else expect({ records, state, walked }).toEqual(expected);
    }),
    { numRuns: 4000 },
  );
});

it('its bytes are what count-records.wat is assembled to', async () => {
  const read = (name: string): string =>
    readFileSync(new URL(`../../src/csv/${name}`, import.meta.url), 'utf8');
  const { parseWat } = await wabt();
  const { buffer } = parseWat('count-records.wat', read('count-records.wat'), { simd: true }).toBinary({});
  expect(read('block-counter.ts')).toContain(Buffer.from(buffer).toString('base64'));
});
