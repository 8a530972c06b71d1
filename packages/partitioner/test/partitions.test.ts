import { join } from 'node:path';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { decode, encode } from '@skein/codec';
import { Storage } from '@skein/storage';
import { describe, expect, test } from 'vitest';
import { type DataPartition, objects, partition } from '../src/index.ts';
import { all, failureOf } from './support/all.ts';
import { folder, write } from './support/folder.ts';
import { zstd } from './support/packed.ts';

const root = folder();
const store = folder();
const file = (name: string, content: string | Uint8Array): string => write(join(root, name), content);
const one = async (path: string, options = {}): Promise<DataPartition> =>
  (await all(partition(path, { parts: 1, ...options })))[0]!;

describe('parts of a file', () => {
  test('of 65 MB in 10,000 rows are even at 64 MB, and count 10,000', async () => {
    const path = file('even.txt', Buffer.alloc(65_000_000, `${'x'.repeat(6499)}\n`));
    const parts = await all(partition(path, { bytes: '64MB' }));
    expect(parts.map(({ size }) => size)).toEqual([32_500_000, 32_500_000]);
    expect(await Promise.all(parts.map((part) => part.count()))).toEqual([5000, 5000]);
  });

  test('know where they are', async () => {
    const path = file('where.txt', 'abc\ndef\n');
    const [first, second] = await all(partition(path, { parts: 2 }));
    expect(first).toMatchObject({ path, part: 0, totalParts: 2, size: 4, byteRange: { start: 0, end: 4 } });
    expect(second).toMatchObject({
      byteRange: { start: 4, end: 8 },
      bucket: undefined,
      key: undefined,
      url: undefined,
    });
    expect(inspect(second)).toBe(`DataPartition(${path}, part 2 of 2, 4 B)`);
  });

  test('are read as bytes, text, lines one by one or in batches, and as often as wanted', async () => {
    const part = await one(file('read.txt', '\ufeffa\nb\r\nc'));
    expect(await part.bytes()).toEqual(Buffer.from('\ufeffa\nb\r\nc'));
    expect(await part.text()).toBe('a\nb\r\nc');
    const lines = part.lines();
    for (let times = 0; times < 2; times++) expect(await all(lines)).toEqual(['a', 'b', 'c']);
    expect((await all(lines.batches())).flat()).toEqual(['a', 'b', 'c']);
    const steps = lines[Symbol.asyncIterator]();
    const results = await Promise.all([steps.next(), steps.next(), steps.next(), steps.next()]);
    expect(results.map(({ value }) => value)).toEqual(['a', 'b', 'c', undefined]);
  });

  test('hold a window of memory, not the part', async () => {
    const part = await one(file('window.txt', Buffer.alloc(100 * 2 ** 20, 'a line of text\n')));
    const before = process.memoryUsage();
    let [lines, most] = [0, 0];
    for await (const batch of part.lines().batches()) {
      lines += batch.length;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before.arrayBuffers);
    }
    expect(lines).toBe(Math.ceil((100 * 2 ** 20) / 15));
    expect(most).toBeLessThan(16 * 2 ** 20);
  });

  test('are left by a signal', async () => {
    const part = await one(file('signal.txt', Buffer.alloc(4 * 2 ** 20, 'line\n')));
    const stop = new AbortController();
    const failure = failureOf(async () => {
      for await (const _batch of part.lines({ signal: stop.signal }).batches())
        stop.abort(new Error('enough'));
    });
    expect(await failure).toMatchObject({ message: 'enough' });
  });

  test('would be too many', async () => {
    const path = file('many.txt', Buffer.alloc(1_000_001));
    expect(await failureOf(() => one(path, { parts: undefined, bytes: 1 }))).toMatchObject({
      code: 'bad-argument',
    });
  });
});

describe('formats', () => {
  test('JSON lines are values, blank lines are none, and what is no JSON names its line', async () => {
    const part = await one(file('a.jsonl', '{"a":1,"b":2}\n\n  \n[3]\r\n"x"\n'));
    expect(await part.records().toArray()).toEqual([{ a: 1, b: 2 }, [3], 'x']);
    expect(await part.count()).toBe(3);
    const bad = file('bad.ndjson', '{}\n{oops}\n');
    expect(await failureOf(async () => (await one(bad)).records().toArray())).toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(/bad.ndjson: line 2 is no JSON/),
    });
  });

  test('columns are chosen, and give rows', async () => {
    const part = await one(file('b.jsonl', '{"a":1,"b":2}\n{"b":3}\n'), { columns: ['b', 'a'] });
    expect(await part.columns()).toEqual(['b', 'a']);
    expect(await part.rows().toArray()).toEqual([
      [2, 1],
      [3, undefined],
    ]);
    expect(await part.records().toArray()).toEqual([{ b: 2, a: 1 }, { b: 3 }]);
    expect((await part.arrow()).toArray().map(String)).toEqual(['{"b": 2, "a": 1}', '{"b": 3, "a": null}']);
  });

  test('JSON is one part, whose records are the elements of its list', async () => {
    const path = file('a.json', '\ufeff[{"a":1}, 2]');
    const [part, ...others] = await all(partition(path, { parts: 3 }));
    expect(others).toEqual([]);
    expect(await part!.records().toArray()).toEqual([{ a: 1 }, 2]);
    expect(await part!.count()).toBe(2);
    expect(await (await one(file('empty.json', ''))).records().toArray()).toEqual([]);
    const lines = await one(file('lines.json', '{"a":1}\n{"a":2}\n'));
    expect(await failureOf(() => lines.count())).toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(
        /lines.json: it is no JSON: .*the option format: 'json-lines' reads such$/,
      ),
    });
  });

  test('what is no record says where it is, also in a part that does not begin the object', async () => {
    const failures = async (path: string, options: object): Promise<string[]> => {
      const parts = await all(partition(path, { parts: 2, ...options }));
      const errors = await Promise.all(parts.map((part) => failureOf(() => part.records().toArray())));
      return errors.map((error) => (error as Error).message.replace(root, ''));
    };
    const json = file('bad2.jsonl', '{"n":1}\nbad\n'.repeat(4));
    expect(await failures(json, {})).toEqual([
      expect.stringMatching(/^\/bad2.jsonl: line 2 is no JSON/),
      expect.stringMatching(/^\/bad2.jsonl: line 2 from byte 24 on is no JSON/),
    ]);
    const csv = file('bad2.csv', `a,b\n${'1,2\nx,4\n'.repeat(4)}`);
    expect(await failures(csv, { types: { a: 'number' } })).toEqual([
      expect.stringMatching(/^\/bad2.csv: record 2: column 'a' is of type number/),
      expect.stringMatching(/^\/bad2.csv: record \d from byte 18 on: column 'a' is of type number/),
    ]);
  });

  test('options that would give other records are refused where a format cannot heed them, before anything runs', async () => {
    const refused = async (name: string, options: object, message: RegExp): Promise<void> =>
      expect(await failureOf(() => one(file(name, 'a\n1\n'), options))).toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(message),
      });
    const where = [['a', '=', 1]];
    await refused('heed.csv', { where }, /heed.csv: where is for Arrow and Parquet, not for csv/);
    await refused('heed.jsonl', { where }, /where is for Arrow and Parquet, not for json-lines/);
    await refused('heed.txt', { where }, /where is for Arrow and Parquet, not for text/);
    await refused('heed.csv', { newline: ';' }, /newline is for lines; records of CSV end with/);
    expect(await (await one(file('_SUCCESS', ''), { where })).count()).toBe(0);
    for (const newline of ['\n', '\r\n', '\r', 'any'])
      expect(await (await one(file('heed.csv', 'a\n1\n'), { newline })).count()).toBe(1);
  });

  test('text in UTF-16 is refused, and not read as something else', async () => {
    const encodings = [
      (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
      (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    ];
    for (const encoded of encodings) {
      const text = await one(file('utf16.txt', encoded('a\nb\n')));
      const csv = await one(file('utf16.csv', encoded('a,b\n1,2\n')), { csv: { header: false } });
      const json = await one(file('utf16.json', encoded('[1]')));
      const reads = [
        ...[() => text.lines().toArray(), () => text.count(), () => text.text()],
        ...[() => csv.rows().toArray(), () => csv.count(), () => json.records().toArray()],
      ];
      for (const read of reads) {
        expect(await failureOf(read)).toMatchObject({
          code: 'malformed',
          message: expect.stringContaining('begins as UTF-16 does'),
        });
      }
      expect(await text.bytes()).toEqual(encoded('a\nb\n'));
    }
  });

  test('what is packed though its name does not say so is refused, and what unpacks it named', async () => {
    for (const [kind, bytes] of [
      ['gzip', gzipSync('a\n')],
      ['zstd', zstd(Buffer.from('a\n'), 10)],
    ] as const) {
      const path = file(`${kind}.txt`, bytes);
      const named = new RegExp(`begins as ${kind} does: the option compression: '${kind}' unpacks it$`);
      for (const format of ['text', 'csv', 'json'] as const) {
        const part = await one(path, { format });
        expect(await failureOf(() => part.count())).toMatchObject({
          code: 'malformed',
          message: expect.stringMatching(named),
        });
      }
      const unpacked = await one(path, { compression: kind });
      expect(await unpacked.lines().toArray()).toEqual(['a']);
    }
  });

  test('bytes are cut anywhere', async () => {
    const parts = await all(partition(file('a.bin', 'abcdefg'), { parts: 3, format: 'bytes' }));
    expect(await Promise.all(parts.map((part) => part.text()))).toEqual(['ab', 'cd', 'efg']);
  });

  test('what a format has not is an error that says what it has', async () => {
    const text = await one(file('t.txt', 'x\n'));
    const bytes = await one(file('t.bin', 'x'), { format: 'bytes' });
    const json = await one(file('t.jsonl', '{}'));
    const refused = async (act: () => unknown, message: RegExp): Promise<void> =>
      expect(await failureOf(act)).toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(message),
      });
    await refused(() => text.rows().toArray(), /t.txt: text has no rows\(\): use lines\(\)$/);
    await refused(() => text.records().toArray(), /text has no records\(\)/);
    await refused(() => text.arrow(), /text has no arrow\(\)/);
    await refused(() => text.columns(), /text has no columns\(\)/);
    await refused(() => bytes.count(), /the format 'bytes' has no count\(\): use stream\(\) or bytes\(\)$/);
    await refused(() => bytes.lines().toArray(), /has no lines\(\)/);
    await refused(() => json.rows().toArray(), /has no rows\(\) without the option columns/);
  });

  test('an own format is told by option', async () => {
    const path = file('odd.name', '{"a":1}\n');
    expect(await (await one(path)).lines().toArray()).toEqual(['{"a":1}']);
    expect(await (await one(path, { format: 'json-lines' })).records().toArray()).toEqual([{ a: 1 }]);
  });
});

describe('a partition travels', () => {
  test('with all that it needs, and no secret of its store', async () => {
    const storage = new Storage('s3://data?region=eu-west-1&accessKeyId=AKIA&secretAccessKey=hush');
    const object = { kind: 'object', bucket: 'data', key: 'a.txt', size: 10, etag: 'x' } as const;
    const [part] = await all(partition(object, { storage, parts: 2, newline: '\r\n' }));
    const bytes = encode(part).toBytes();
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/hush|AKIA/);
    expect(decode(bytes)).toMatchObject({
      bucket: 'data',
      key: 'a.txt',
      part: 0,
      totalParts: 2,
      size: 5,
      object,
    });
  });

  test('no further than its object can be reached', async () => {
    const local = await one(file('here.txt', 'x'));
    expect(await failureOf(() => encode(local, { reach: 'network' }))).toMatchObject({
      name: 'CaptureError',
    });
    const memory = new Storage('memory:near');
    await memory.createBucket('near');
    await memory.putObject('near', 'a', 'x');
    const [near] = await all(partition('near', { storage: memory }));
    expect(await failureOf(() => encode(near, { reach: 'host' }))).toMatchObject({ name: 'CaptureError' });
  });

  test('two of one store share it', async () => {
    const storage = new Storage(`file:${store}`);
    await storage.createBucket('shared');
    await storage.putObject('shared', 'a', 'line\n');
    const [part] = await all(partition('shared/a', { storage }));
    const copy = decode(encode(part).toBytes()) as DataPartition;
    expect(await copy.text()).toBe('line\n');
  });
});
describe('a plan', () => {
  test('is a table of the objects and a picture of how large their parts are', async () => {
    const storage = new Storage('memory:plan');
    await storage.createBucket('plan');
    for (const [key, size] of Object.entries({ 'a.txt': 1000, 'b.json': 2, 'c.txt': 0 }))
      await storage.putObject('plan', key, 'x'.repeat(size));
    const plan = await objects('plan', { bytes: 400, storage }).plan();
    expect(plan.length).toBe(5);
    expect([...plan]).toEqual(plan.partitions);
    expect(plan.describe()).toMatchInlineSnapshot(`
      "object       format    size  parts      part size  rows
      plan/a.txt   text    1000 B      3  333 B – 334 B
      plan/b.json  json       2 B      1            2 B        one part: JSON is one text; JSON lines can be cut
      plan/c.txt   text       0 B      1            0 B

      3 objects, 5 parts, 1002 B

      part size  parts
         ≤ 42 B      2  ███████████████████████████
        ≤ 334 B      3  ████████████████████████████████████████"
    `);
    expect(plan.describe({ limit: 1 })).toContain('… and 2 more objects');
    expect(new Set(plan.partitions.map((part) => plan.objectOf(part)))).toEqual(
      new Set(['plan/a.txt', 'plan/b.json', 'plan/c.txt']),
    );
  });

  test('has a line for each object, whatever its name is', async () => {
    const described = (await objects(file('two\nlines.txt', 'x')).plan()).describe();
    expect(described.split('\n')).toHaveLength(4);
    expect(described).toContain('two\\nlines.txt');
  });

  test('of nothing says so, and failures are told and tried again', async () => {
    expect((await objects([]).plan()).describe()).toBe('no objects');
    const path = join(root, 'late.txt');
    const source = objects(path);
    expect(await failureOf(() => source.plan())).toMatchObject({ code: 'no-match' });
    file('late.txt', 'x\n');
    expect(await source.plan()).toHaveLength(1);
    expect(await all(source)).toHaveLength(1);
  });
});
