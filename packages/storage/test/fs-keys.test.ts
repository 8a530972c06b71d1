import { resolve } from 'node:path';
import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyPath } from '../src/fs/keys.ts';

const segment = oneof(
  string({ unit: 'binary', maxLength: 40 }),
  string({ unit: constantFrom('.', '%', '-', '~', '2', 'E', 'a', 'ü', '😀', '\0'), maxLength: 300 }),
  constantFrom('', '.', '..', '.skein', 'a', 'a.b', 'a%', '%2E', 'x'.repeat(256)),
);
const key = array(segment, { minLength: 1, maxLength: 6 }).map((segments) => segments.join('/'));

describe('names of files', () => {
  test.each([
    ['data/2024/trips.csv', 'data/2024/trips.csv'],
    ['jobs/58d244-0-M001-00003/status.json', 'jobs/58d244-0-M001-00003/status.json'],
    ['Ünïcödé/日本.txt', 'Ünïcödé/日本.txt'],
    ['README', 'README%'],
    ['v1.2/notes.md', 'v1.2%/notes.md'],
    ['../../etc/passwd', '%2E%2E/%2E%2E/etc/passwd%'],
    ['/a//b.c', '%/a/%/b.c'],
    ['.skein/locks', '%2Eskein/locks%'],
    ['50%.txt', '50%25.txt'],
  ])('%s is %s', (given, path) => {
    expect(keyPath(given)).toBe(path);
  });

  test('no key leaves its bucket, enters the own directory of the driver, or makes a name that is too long', () => {
    assert(
      property(key, (given) => {
        const path = keyPath(given);
        const names = path.split('/');
        return (
          resolve('/bucket', path) === `/bucket/${path}` &&
          names[0] !== '.skein' &&
          names.every((name) => name !== '' && Buffer.byteLength(name) <= 255 && !/\p{Cc}/u.test(name))
        );
      }),
      { numRuns: 3000 },
    );
  });

  test('two keys never have one path, and no file has the path of a directory', () => {
    assert(
      property(key, key, (a, b) => {
        if (a === b) return true;
        const [x, y] = [keyPath(a), keyPath(b)];
        return x !== y && !x.startsWith(`${y}/`) && !y.startsWith(`${x}/`);
      }),
      { numRuns: 5000 },
    );
    assert(
      property(key, segment, (a, rest) => !keyPath(`${a}/${rest}`).startsWith(`${keyPath(a)}/`)),
      { numRuns: 3000 },
    );
  });
});
