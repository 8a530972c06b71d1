/** How keys are written where a service does not take all of them: each has one name, and gets it back. */
import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBlobMetadata, toBlobMetadata } from '../src/azure/metadata.ts';
import * as azure from '../src/azure/names.ts';
import { AWKWARD_KEYS } from '../src/conformance/keys.ts';
import { crc32c } from '../src/gcs/crc32c.ts';
import * as gcs from '../src/gcs/names.ts';
import { compareKeys } from '../src/names.ts';

const odd = constantFrom(
  ...[
    '.',
    '..',
    '/',
    '\\',
    '\0',
    '\t',
    '\n',
    '\f',
    '\r',
    '\u0001',
    '\u0002',
    '\u007f',
    '\u0085',
    '\ufffe',
    '\uffff',
  ],
  ...['a', ' ', 'à', 'ÿ', '\u2024', '\u2400', '\u241b', '\u2421', '\u2422', '\u2426', '\uff3c', '😀'],
);
const key = array(odd, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));
const text = string({ unit: 'binary', minLength: 1, maxLength: 12 });

describe.each([
  ['gcs', gcs],
  ['azure', azure],
] as const)('%s', (_, { nameOfKey, nameOfPrefix, keyOfName }) => {
  test.each([
    ['odd characters', key],
    ['any text', text],
  ])('a key is got back from its name: %s', (_, keys) => {
    assert(
      property(keys, (one) => keyOfName(nameOfKey(one)) === one),
      { numRuns: 2000 },
    );
  });

  test('a name begins as that of a prefix of its key', () => {
    assert(
      property(key, key, (prefix, rest) => nameOfKey(prefix + rest).startsWith(nameOfPrefix(prefix))),
      { numRuns: 2000 },
    );
  });

  test('keys as they are in buckets have their own text as a name', () => {
    for (const plain of [
      'a',
      'a/b.csv',
      'year=2024/part-0.parquet',
      'naïve file (1).txt',
      '100%',
      '.hidden/x',
      'a/',
    ])
      expect(nameOfKey(plain)).toBe(plain);
  });
});

test('names at Google sort as their keys', () => {
  assert(
    property(key, key, (a, b) => {
      const order = compareKeys(gcs.nameOfKey(a), gcs.nameOfKey(b));
      return Math.sign(order) === Math.sign(compareKeys(a, b));
    }),
    { numRuns: 5000 },
  );
});

test('no name is what a service refuses or changes', () => {
  for (const one of AWKWARD_KEYS) {
    expect(gcs.nameOfKey(one)).not.toMatch(/[\r\n]|^\.\.?$/);
    const name = azure.nameOfKey(one);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
    expect(name).not.toMatch(/[\0-\x1f\x7f-\x9f\\\ufffe\uffff]|\.(?:\/|$)/);
    expect(name).toHaveLength(one.length + (/[\x80-\x9f]/.test(one) ? 1 : 0));
  }
});

test('names of metadata are identifiers at Azure, and are got back', () => {
  const unit = constantFrom('a', '0', '2', 'd', '5', 'f', '-', '.', '_');
  const name = string({ unit, minLength: 1, maxLength: 8 }).filter((one) => /^[a-z0-9]/.test(one));
  assert(
    property(name, string({ unit: 'grapheme' }), (one, value) => {
      const sent = toBlobMetadata({ [one]: value });
      for (const [header, content] of Object.entries(sent)) {
        if (!/^[a-z_][a-z0-9_]*$/.test(header) || !/^[ -~]*$/.test(content)) return false;
      }
      return fromBlobMetadata(sent)[one] === value;
    }),
    { numRuns: 5000 },
  );
});

test('CRC-32C is that of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from('56789'), crc32c(Buffer.from('1234')))).toBe(0xe3069283);
});
