import { readFileSync } from 'node:fs';
import * as arrow from 'apache-arrow';
import { compressFrameSync } from 'lz4-napi';
import { describe, expect, test } from 'vitest';
import { format } from '../../src/format/arrow.ts';
import type { PartReader } from '../../src/format/format.ts';
import { checkWhere } from '../../src/parquet/where.ts';
import { MemorySource } from '../support/memory-source.ts';
import { cutOf, readersOf, recordsOf, tablesOf } from '../support/parts.ts';
import { vegaFile } from '../support/vega.ts';
import { BATCH, BATCHES, sample, sampleRecords } from './sample.ts';

const file = (table: arrow.Table = sample()): MemorySource =>
  new MemorySource(arrow.tableToIPC(table, 'file'), { name: 'some.arrow' });
const stream = (table: arrow.Table = sample()): MemorySource =>
  new MemorySource(arrow.tableToIPC(table, 'stream'), { name: 'some.arrows' });

describe.for([
  ['files', file],
  ['streams', stream],
] as const)('%s', ([, source]) => {
  test.for([1, 2, 3, 7, BATCHES, 100])('in %i parts are the whole', async (parts) => {
    const readers = await readersOf(format, source(), { parts });
    expect(readers).toHaveLength(Math.min(parts, BATCHES));
    expect(await recordsOf(readers)).toEqual(sampleRecords());
    const counts = await Promise.all(readers.map((reader) => reader.count()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(BATCH * BATCHES);
  });

  test('rows have the columns wanted, in their order', async () => {
    const readers = await readersOf(format, source(), { parts: 3 }, { columns: ['word', 'id'] });
    const rows: unknown[] = [];
    for (const reader of readers) for await (const batch of reader.rows()) rows.push(...batch);
    expect(rows).toEqual(sampleRecords().map(({ word, id }) => [word, id]));
    expect(await readers[0]!.columns()).toEqual(['word', 'id']);
    expect((await readers[0]!.arrow()).schema.names).toEqual(['word', 'id']);
  });

  test('the bytes of the parts are the file', async () => {
    const whole = source();
    const pieces: Uint8Array[] = [];
    for (const reader of await readersOf(format, whole, { parts: 4 })) {
      for await (const piece of reader.stream()) pieces.push(piece);
    }
    expect(Buffer.concat(pieces).equals(await whole.read(0, whole.size))).toBe(true);
  });

  test('rows that match', async () => {
    const where = checkWhere([
      ['id', '>=', 250],
      ['word', '=', 'three'],
    ]);
    const readers = await readersOf(
      format,
      source(),
      { parts: 2 },
      { where, columns: ['id', 'list', 'map', 'nested'] },
    );
    const expected = sampleRecords().filter(({ id, word }) => Number(id) >= 250 && word === 'three');
    expect(await recordsOf(readers)).toEqual(
      expected.map(({ id, list, map, nested }) => ({ id, list, map, nested })),
    );
    const tables = await tablesOf(readers);
    expect(tables.reduce((sum, { numRows }) => sum + numRows, 0)).toBe(expected.length);
  });

  test('without any batch are one part', async () => {
    const empty = new arrow.Table(sample().schema);
    const readers = await readersOf(format, source(empty), { parts: 3 });
    expect(readers).toHaveLength(1);
    expect(await recordsOf(readers)).toEqual([]);
    expect((await tablesOf(readers))[0]!.schema.names).toEqual(empty.schema.names);
  });

  test('cut off anywhere are errors', async () => {
    const whole = source();
    const bytes = await whole.read(0, whole.size);
    for (let length = 100; length < bytes.length - 8; length += 997) {
      const cut = new MemorySource(bytes.subarray(0, length), { name: 'short.arrow' });
      // A stream that ends between two messages is one, only shorter.
      const records = await readersOf(format, cut, { parts: 1 })
        .then(recordsOf)
        .catch((error: unknown) => error);
      if (Array.isArray(records)) expect(records).toEqual(sampleRecords().slice(0, records.length));
      else expect(records).toMatchObject({ code: 'malformed', object: 'short.arrow' });
    }
  });
});

test('rows that match, of types that are rarely met', async () => {
  const { Field, Float32, LargeUtf8 } = arrow;
  const pairs = new arrow.FixedSizeList(2, new Field('item', new Float32(), true));
  const columns = {
    id: arrow.vectorFromArray([0, 1, 2, 3], new arrow.Uint16()),
    half: arrow.vectorFromArray([0.5, 1.5, null, 3.5], new arrow.Float16()),
    long: arrow.vectorFromArray(['a', null, 'ccc', 'ä'], new LargeUtf8()),
    view: arrow.vectorFromArray(
      ['short', 'a text of more than twelve bytes', null, ''],
      new arrow.Utf8View(),
    ),
    code: arrow.vectorFromArray(
      [1, 2, 3, 4].map((byte) => new Uint8Array(3).fill(byte)),
      new arrow.FixedSizeBinary(3),
    ),
    pair: arrow.vectorFromArray([[0, 1], null, [2, null], [3, 4]], pairs),
    none: arrow.vectorFromArray([null, null, null, null], new arrow.Null()),
    day: arrow.vectorFromArray(
      [0, 1, 2, 3].map((day) => new Date(Date.UTC(2020, 0, 1 + day))),
      new arrow.DateDay(),
    ),
  };
  const matching = async (condition: unknown): Promise<Record<string, unknown>[]> => {
    const where = checkWhere([condition]);
    return recordsOf(await readersOf(format, file(new arrow.Table(columns)), { parts: 1 }, { where }));
  };
  const code = Buffer.from([4, 4, 4]);
  const last = {
    id: 3,
    half: 3.5,
    long: 'ä',
    view: '',
    code,
    pair: [3, 4],
    none: null,
    day: new Date('2020-01-04'),
  };
  for (const condition of [
    ['id', '>', 2],
    ['half', '>=', 3.5],
    ['long', '>', 'd'],
    ['view', '=', ''],
    ['day', '=', '2020-01-04'],
  ]) {
    const records = await matching(condition);
    expect(records.map((record) => ({ ...record, code: Buffer.from(record['code'] as Uint8Array) }))).toEqual(
      [last],
    );
  }
  expect((await matching(['id', '=', 1]))[0]).toMatchObject({
    long: null,
    view: 'a text of more than twelve bytes',
    pair: null,
  });
});

describe('what is read of a file', () => {
  const big = (): MemorySource => {
    const columns = {
      a: new Float64Array(400_000).fill(1),
      b: new Float64Array(400_000).fill(2),
      c: new Float64Array(400_000),
    };
    const table = arrow.tableFromArrays(columns);
    const batches = [0, 1, 2, 3].flatMap((at) => table.slice(at * 100_000, (at + 1) * 100_000).batches);
    return file(new arrow.Table(batches));
  };

  test('the columns wanted of its own batches', async () => {
    const source = big();
    const [, second] = await cutOf(format, source, { parts: 4 });
    const before = source.bytesRead;
    const reader = format.open(source, second!, { columns: ['b'] });
    const table = await reader.arrow();
    expect(table.getChild('b')!.data[0]!.values.slice(0, 2)).toEqual(Float64Array.of(2, 2));
    expect(table.numRows).toBe(100_000);
    // The footer again, as in another process; the metadata; and the values.
    expect(source.bytesRead - before).toBeLessThan(800_000 + 2 * 64 * 1024 + 20_000);
  });

  test('a table is made of views of what was read', async () => {
    const source = big();
    const given: ArrayBufferLike[] = [];
    const read = source.read.bind(source);
    source.read = async (...range) => {
      const bytes = await read(...range);
      given.push(bytes.buffer);
      return bytes;
    };
    const [reader] = await readersOf(format, source, { parts: 4 });
    const table = await reader!.arrow();
    for (const name of ['a', 'b', 'c']) expect(given).toContain(table.getChild(name)!.data[0]!.values.buffer);
  });

  test('a source that begins at odd addresses', async () => {
    const source = big();
    const read = source.read.bind(source);
    source.read = async (...range) => {
      const bytes = await read(...range);
      const odd = new Uint8Array(bytes.length + 1).subarray(1);
      odd.set(bytes);
      return odd;
    };
    const [reader] = await readersOf(format, source, { parts: 1 });
    expect((await reader!.arrow()).getChild('b')!.get(399_999)).toBe(2);
  });

  test('one without a length is read whole, once', async () => {
    for (const source of [file(), stream()]) {
      const unsized = {
        name: 'web.arrow',
        size: undefined,
        read: refuse,
        stream: source.stream.bind(source),
      };
      const readers = await readersOf(format, unsized, { parts: 5 });
      expect(readers).toHaveLength(1);
      expect(await readers[0]!.count()).toBe(BATCH * BATCHES);
      expect(await recordsOf(readers)).toEqual(sampleRecords());
      expect(source.bytesRead).toBe(source.size);
    }
  });
});

function refuse(): never {
  throw new Error('it has no ranges');
}

describe('dictionaries', () => {
  test('that grow from batch to batch, and that are replaced', async () => {
    const batches = [['a', 'b'], ['b', 'c', null], ['d'], ['a', 'e', 'd']];
    const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), 7);
    const builder = arrow.makeBuilder({ type, nullValues: [null] });
    const grown = batches.map((words) => {
      for (const word of words) builder.append(word);
      return new arrow.Table({ word: new arrow.Vector([builder.flush()]) });
    });
    const replaced = batches.map(
      (words) =>
        new arrow.Table({
          word: arrow.vectorFromArray(words, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), 7)),
        }),
    );
    for (const tables of [grown, replaced]) {
      const source = stream(new arrow.Table(tables.flatMap((table) => table.batches)));
      for (const parts of [1, 2, 4]) {
        const records = await recordsOf(await readersOf(format, source, { parts }));
        expect(records.map(({ word }) => word)).toEqual(batches.flat());
      }
    }
    const source = file(new arrow.Table(grown.flatMap((table) => table.batches)));
    for (const parts of [1, 2, 4]) {
      const tables = await tablesOf(await readersOf(format, source, { parts }));
      expect(tables.flatMap((table) => [...table.getChild('word')!])).toEqual(batches.flat());
    }
  });
});

describe('compressed buffers', () => {
  test('LZ4 frames', async () => {
    arrow.compressionRegistry.set(arrow.CompressionType.LZ4_FRAME, {
      encode: (data) => compressFrameSync(Buffer.from(data)),
    });
    const source = new MemorySource(arrow.tableToIPC(sample(), 'file', arrow.CompressionType.LZ4_FRAME), {
      name: 'lz4.arrow',
    });
    for (const parts of [1, 3])
      expect(await recordsOf(await readersOf(format, source, { parts }))).toEqual(sampleRecords());
    const [reader] = await readersOf(format, source, { parts: 1 }, { columns: ['id'] });
    expect([...(await reader!.arrow()).getChild('id')!]).toEqual(sampleRecords().map(({ id }) => id));
  });

  test('zstd, also with a codec that the program has registered', async () => {
    const columns = { zero: new Float64Array(3000), seven: new Uint8Array(5000).fill(7).subarray(0, 3000) };
    const { ZSTD } = arrow.CompressionType;
    let unpacked = 0;
    arrow.compressionRegistry.set(ZSTD, { encode: frameOf });
    const source = new MemorySource(arrow.tableToIPC(arrow.tableFromArrays(columns), 'file', ZSTD), {
      name: 'zstd.arrow',
    });
    expect(source.size).toBeLessThan(3000);
    const decode = (frame: Uint8Array): Uint8Array => {
      unpacked++;
      return new Uint8Array(Buffer.from(frame).readUInt32LE(5)).fill(frame[12]!);
    };
    for (const codec of [{}, { decode }]) {
      arrow.compressionRegistry.set(ZSTD, codec);
      const [table] = await tablesOf(await readersOf(format, source, { parts: 1 }));
      expect(table!.getChild('zero')!.toArray()).toEqual(columns.zero);
      expect(table!.getChild('seven')!.toArray()).toEqual(columns.seven);
    }
    expect(unpacked).toBe(2);
  });
});

/** A frame of zstd of one byte, many times: magic, one segment with its length, a last block of a run. RFC 8878. */
function frameOf(data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32LE(0xfd2fb528, 0);
  head.writeUInt8(0b1010_0000, 4);
  head.writeUInt32LE(data.length, 5);
  head.writeUIntLE(0b011 | (data.length << 3), 9, 3);
  head.writeUInt8(data[0]!, 12);
  return head;
}

describe('real files', () => {
  test('flights-200k: the parts are the whole', async () => {
    const bytes = readFileSync(vegaFile('flights-200k.arrow'));
    const whole = arrow.tableFromIPC(bytes);
    const readers: readonly PartReader[] = await readersOf(format, new MemorySource(bytes), { parts: 3 });
    const tables = await tablesOf(readers);
    expect(tables.reduce((sum, { numRows }) => sum + numRows, 0)).toBe(whole.numRows);
    for (const name of whole.schema.names as string[]) {
      const sum = (table: arrow.Table): number =>
        (table.getChild(name)!.toArray() as Int16Array).reduce((a, b) => a + b, 0);
      expect(tables.reduce((all, table) => all + sum(table), 0)).toBe(sum(whole));
    }
  });
});

describe('what is no Arrow', () => {
  test.for([
    ['a,b\n1,2\n', /expected an Arrow file, which begins with 'ARROW1', or a stream/],
    ['FEA1 and what follows', /Feather of version 1/],
    ['ARROW1\0\0 and what follows', /ends with 'ARROW1'/],
    ['ARROW1\0\0 and \xff\xff\xff\x7fARROW1', /its footer would be/],
    ['ARROW1\0\0 and what follows, \x08\0\0\0ARROW1', /its footer/],
  ] as const)('%j', async ([text, message]) => {
    const source = new MemorySource(Buffer.from(text, 'latin1'), { name: 'other.arrow' });
    const expected = { code: 'malformed', object: 'other.arrow', message: expect.stringMatching(message) };
    await expect(format.cut(source, { parts: 1 }, {})).rejects.toMatchObject(expected);
  });

  test('no bytes are no records', async () => {
    const readers = await readersOf(format, new MemorySource(''), { parts: 3 });
    expect(await recordsOf(readers)).toEqual([]);
    expect(await readers[0]!.count()).toBe(0);
  });
});
