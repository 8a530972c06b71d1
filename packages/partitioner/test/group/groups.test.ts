/** Several small parts to a call: what a group reads is what its parts read, one after another. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { decode, encode, prepare } from '@skein/codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objects, type PartitionGroup, type PartitionOptions } from '../../src/index.ts';
import { all, failureOf } from '../support/all.ts';
import { endlessStorage } from '../support/endless-storage.ts';
import { folder, write } from '../support/folder.ts';

const root = folder();
let count = 0;

/** A folder of files with these contents, in their order. */
function filesOf(contents: readonly string[], extension: string): string {
  const path = join(root, String(count++));
  contents.forEach((content, at) => {
    write(join(path, `${String(at).padStart(3, '0')}.${extension}`), content);
  });
  return path;
}

/** All files in one group. */
async function groupOf(
  contents: readonly string[],
  extension: string,
  options: PartitionOptions = {},
): Promise<PartitionGroup> {
  const groups = await all(objects(filesOf(contents, extension), options).coalesce({ openCost: 1 }));
  expect(groups).toHaveLength(1);
  return groups[0]!;
}

test('lines are those of the parts, in order, whatever files and groups are like', async () => {
  const text = fc.array(fc.constantFrom('a', 'é', '\n', '\r\n', 'long '.repeat(5)), { maxLength: 8 });
  const given = fc.record({
    files: fc.array(
      text.map((pieces) => pieces.join('')),
      { minLength: 1, maxLength: 12 },
    ),
    bytes: fc.integer({ min: 1, max: 40 }),
    openCost: fc.integer({ min: 1, max: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(given, async ({ files, bytes, openCost }) => {
      const path = filesOf(files, 'txt');
      const source = objects(path, { bytes: 7 });
      const groups = await all(source.coalesce({ bytes, openCost }));
      const parts = await all(source);
      expect(groups.flatMap((group) => group.parts.map(String))).toEqual(parts.map(String));
      const expected = (await Promise.all(parts.map((part) => part.lines().toArray()))).flat();
      const lines = await Promise.all(groups.map((group) => group.lines().toArray()));
      expect(lines.flat()).toEqual(expected);
      const counts = await Promise.all(groups.map((group) => group.count()));
      expect(counts).toEqual(lines.map(({ length }) => length));
      expect((await source.coalesce({ bytes, openCost }).plan()).groups.map(String)).toEqual(
        groups.map(String),
      );
      rmSync(path, { recursive: true });
    }),
    { numRuns: 30 },
  );
});

describe('a group', () => {
  test('tells of which object a record is', async () => {
    const group = await groupOf(['{"n":1}\n{"n":2}\n', '', '{"n":3}\n'], 'jsonl');
    const found: unknown[] = [];
    for (const part of group) for await (const { n } of part.records()) found.push([part.path!.slice(-9), n]);
    expect(found).toEqual([
      ['000.jsonl', 1],
      ['000.jsonl', 2],
      ['002.jsonl', 3],
    ]);
    expect(await group.records().toArray()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(group.size).toBe(24);
  });

  test('reads a header from each object, and an empty one has none', async () => {
    const group = await groupOf(['a,b\n1,2\n', '', 'a,b\n', 'a,b\n3,4\n'], 'csv', { types: { a: 'number' } });
    expect(await group.rows().toArray()).toEqual([
      [1, '2'],
      [3, '4'],
    ]);
    expect(await group.count()).toBe(2);
    const table = await group.arrow();
    expect(table.toArray().map((row) => ({ ...row }))).toEqual([
      { a: 1, b: '2' },
      { a: 3, b: '4' },
    ]);
  });

  test('gives rows and a table of one order of columns, or fails and names both objects', async () => {
    const group = await groupOf(['a,b\n1,2\n', 'b,a\n3,4\n'], 'csv');
    const differ = {
      code: 'malformed',
      // Several are opened at once: which of them comes first may differ.
      message: expect.stringMatching(
        /00\d\.csv has the columns (?:a, b|b, a), but .*00\d\.csv, of the same group, has/,
      ),
    };
    expect(await failureOf(() => group.rows().toArray())).toMatchObject(differ);
    expect(await failureOf(() => group.arrow())).toMatchObject({ code: 'malformed' });
    expect(await group.records().toArray()).toEqual([
      { a: '1', b: '2' },
      { a: '4', b: '3' },
    ]);
    const same = await groupOf(['a,b\n1,2\n', 'b,a\n3,4\n'], 'csv', { columns: ['a', 'b'] });
    expect(await same.rows().toArray()).toEqual([
      ['1', '2'],
      ['4', '3'],
    ]);
  });

  test('of which an object has gone fails by its name, and what was read before is given', async () => {
    const group = await groupOf(['one\n', 'two\n', 'three\n'], 'txt');
    rmSync(group.parts[1]!.path!);
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const line of group.lines()) seen.push(line);
    };
    expect(await failureOf(reading)).toMatchObject({ code: 'gone', object: group.parts[1]!.path });
    expect(seen).toEqual(['one']);
    expect(await failureOf(() => group.count())).toMatchObject({ code: 'gone' });
  });

  test('is read no further than wanted, and by a signal not at all', async () => {
    const group = await groupOf(['one\n', 'two\n'], 'txt');
    for await (const line of group.lines()) {
      expect(line).toBe('one');
      break;
    }
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(group.lines({ signal }).toArray()).rejects.toThrow('enough');
  });

  test('travels', async () => {
    const group = await groupOf(['one\n', 'two\n'], 'txt');
    const bytes = encode({ group }).toBytes();
    await prepare(bytes);
    const { group: back } = decode(bytes) as { readonly group: PartitionGroup };
    expect(back).toEqual(group);
    expect(String(back)).toMatch(/^PartitionGroup\(2 parts from .*000\.txt on, 8 B\)$/);
    expect(await back.lines().toArray()).toEqual(['one', 'two']);
  });
});

test('of a hundred thousand objects the first groups are there before the listing ends', async () => {
  const { storage, listed } = endlessStorage({ pages: 100, perPage: 1000 });
  const groups = objects('bucket', { storage }).coalesce()[Symbol.asyncIterator]();
  const { value: first } = await groups.next();
  expect(first!.parts).toHaveLength(63); // and their bytes: 64 would be beyond 64 MiB
  expect(listed.pages).toBeLessThan(10);
  await groups.return();
  expect(listed.ended).toBe(true);
});

test('a plan says how many groups there are, and which parts are in them', async () => {
  const { storage } = endlessStorage({ pages: 20, perPage: 1000 });
  const source = objects('bucket', { storage }).coalesce();
  const plan = await source.plan();
  expect(source.length).toBe(Math.ceil(20_000 / 63));
  expect(plan.groups.flatMap(({ parts }) => parts).map(({ key }) => key)).toEqual(
    Array.from({ length: 20_000 }, (_, i) => `${i}.txt`),
  );
  const text = plan.describe({ limit: 1 });
  expect(text).toContain('20000 objects, 20000 parts in 318 groups, 195 KiB');
  expect(text).toContain('group size  groups');
  expect(String(plan)).toContain('and 19980 more objects');
});
