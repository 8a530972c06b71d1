import { describe, expect, it } from 'vitest';
import { checkCsvOptions } from '../../src/csv/options.ts';
import { format, tsv } from '../../src/format/csv.ts';
import type { ReadOptions } from '../../src/options.ts';
import { MemorySource } from '../support/memory-source.ts';
import { joined, partsOf } from '../support/opened.ts';

async function rowsOf(text: string, options: ReadOptions = {}, parts = 3): Promise<unknown[]> {
  const readers = await partsOf(format, new MemorySource(text, { name: 'bucket/key' }), { parts }, options);
  const rows = await joined(readers, (reader) => reader.rows());
  const counts = await Promise.all(readers.map((reader) => reader.count()));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows.length);
  return rows;
}

async function recordsOf(text: string, options: ReadOptions = {}, parts = 3): Promise<unknown[]> {
  const readers = await partsOf(format, new MemorySource(text, { name: 'bucket/key' }), { parts }, options);
  return joined(readers, (reader) => reader.records());
}

describe('dialects', () => {
  it.each<[string, string, ReadOptions['csv'], unknown[]]>([
    ['a delimiter', 'a;b\n1;"2;3"\n', { delimiter: ';' }, [['1', '2;3']]],
    ['a quote', "a,b\n1,'2,''3'\n", { quote: "'" }, [['1', "2,'3"]]],
    [
      'no quote',
      'a,b\n1,"2\n3,4"\n',
      { quote: false },
      [
        ['1', '"2'],
        ['3', '4"'],
      ],
    ],
    ['an escape', 'a,b\n1,"2\\"\n3\\\\"\n', { escape: '\\' }, [['1', '2"\n3\\']]],
    ['comments', '# of "all\na,b\n#x\n1,"#2"\n# no end', { comment: '#' }, [['1', '#2']]],
    ['blanks to drop', 'a,b\n 1 , " 2 " \n', { trim: true }, [['1', '2']]],
    [
      'blanks that stay',
      'a,b\n 1 , 2 \n  ,"3"\n',
      {},
      [
        [' 1 ', ' 2 '],
        ['  ', '3'],
      ],
    ],
    ['empty lines, which are none', '\n\na,b\r\n\r\n1,2\n\n', {}, [['1', '2']]],
    [
      'all newlines',
      'a,b\r1,2\n3,"4\r\n5"\r\n6,7',
      {},
      [
        ['1', '2'],
        ['3', '4\r\n5'],
        ['6', '7'],
      ],
    ],
    ['a byte order mark', '\ufeff"a",b\n1,2', {}, [['1', '2']]],
  ])('%s', async (_, text, csv = {}, rows) => {
    for (const parts of [1, 3, text.length]) expect(await rowsOf(text, { csv }, parts)).toEqual(rows);
  });

  it('tabs, of the format tsv', async () => {
    const parts = await partsOf(tsv, new MemorySource('a\tb\n1,2\t"3\t4"\n'), { parts: 2 }, {});
    expect(await joined(parts, (part) => part.rows())).toEqual([['1,2', '3\t4']]);
  });

  it.each([
    [
      { delimiter: '||' },
      'csv.delimiter must be one ASCII character other than a newline, a letter or a digit, not "||"',
    ],
    [{ quote: '\n' }, 'csv.quote must be one ASCII character'],
    [{ delimiter: '"' }, 'csv.quote must be another character than the delimiter, not "\\""'],
    [{ delimeter: ';' }, "the option of csv 'delimeter' is not known; did you mean 'delimiter'?"],
    [{ header: 3 }, 'csv.header must be true, false or a list of names of columns, not 3'],
    [{ quotes: 'maybe' }, "csv.quotes must be 'guess' or 'scan', not \"maybe\""],
  ])('%j is refused', (options, message) => {
    expect(() => checkCsvOptions(options)).toThrow(message);
  });
});

describe('the header', () => {
  const text = '"the\nname",b\n1,2\n3,4\n5,6\n';

  it('names the columns of every part, and is none of their records', async () => {
    for (const parts of [1, 2, 7, text.length]) {
      expect(await recordsOf(text, {}, parts)).toEqual([
        { 'the\nname': '1', b: '2' },
        { 'the\nname': '3', b: '4' },
        { 'the\nname': '5', b: '6' },
      ]);
    }
  });

  it('is among the lines, which are what is written', async () => {
    const readers = await partsOf(format, new MemorySource(text), { parts: 4 }, {});
    expect(await joined(readers, (reader) => reader.lines())).toEqual(['"the\nname",b', '1,2', '3,4', '5,6']);
  });

  it('may be given, or missing', async () => {
    expect(await recordsOf('1,2\n', { csv: { header: ['x', 'y'] } })).toEqual([{ x: '1', y: '2' }]);
    expect(await recordsOf('1,2\n', { csv: { header: false } })).toEqual([{ column1: '1', column2: '2' }]);
    expect(await recordsOf('', {})).toEqual([]);
    expect(await recordsOf('a,b', {})).toEqual([]);
  });

  it('is read once for the parts of a version', async () => {
    const source = Object.assign(new MemorySource('a,b\n1,2\n3,4\n'), { version: 'of this test' });
    const readers = await partsOf(format, source, { parts: 4 }, {});
    for (const reader of readers) await reader.columns();
    expect(source.reads).toHaveLength(1);
  });

  it('that does not fit is an error, not lost data', async () => {
    await expect(recordsOf('a,b\n1,2,3\n')).rejects.toThrow(
      /record 1 from byte \d+ on has 3 cells, but there are 2 columns/,
    );
    await expect(recordsOf('a,a\n1,2\n')).rejects.toThrow("the name 'a' twice");
    expect(await rowsOf('a,a\n1,2\n')).toEqual([['1', '2']]);
    await expect(rowsOf('a,a\n1,2\n', { columns: ['a'] })).rejects.toThrow(
      'columns cannot say which is meant',
    );
    const [part] = await partsOf(format, new MemorySource('a,a\n1,x\n2,y\n'), { parts: 1 }, {});
    const table = await part!.arrow();
    expect(table.schema.names).toEqual(['a', 'a']);
    expect([0, 1].map((at) => [...table.getChildAt(at)!])).toEqual([
      ['1', '2'],
      ['x', 'y'],
    ]);
    expect(await recordsOf('a,b\n1\n')).toEqual([{ a: '1', b: null }]);
  });
});

describe('typed columns', () => {
  const text =
    'id,price,when,ok,big,zip,note\n1,2.5,2020-02-29,true,9007199254740993,01234,"a, b"\n2,,2020-03-01 10:30,FALSE,1,99999,\n';

  it('have the types that are given', async () => {
    const types = { id: 'number', price: 'number', when: 'date', ok: 'boolean', big: 'bigint' } as const;
    expect(await rowsOf(text, { types })).toEqual([
      [1, 2.5, new Date('2020-02-29T00:00:00Z'), true, 9007199254740993n, '01234', 'a, b'],
      [2, null, new Date('2020-03-01T10:30:00Z'), false, 1n, '99999', ''],
    ]);
  });

  it('have the types of the first records, in every part', async () => {
    const given = await rowsOf(text, {
      types: { id: 'number', price: 'number', when: 'date', ok: 'boolean', big: 'bigint' },
    });
    expect(await rowsOf(text, { csv: { infer: true } })).toEqual(given);
    expect(
      await recordsOf(text, { csv: { infer: true }, types: { id: 'string' }, columns: ['zip', 'id'] }),
    ).toEqual([
      { zip: '01234', id: '1' },
      { zip: '99999', id: '2' },
    ]);
  });

  it.each<[string, ReadOptions, string]>([
    [
      'a,b\n1,x\n',
      { types: { b: 'number' } },
      'column \'b\' is of type number, but its cell is "x": types: { "b": \'string\' } reads it',
    ],
    ['a\n9007199254740993\n', { types: { a: 'number' } }, 'types: { "a": \'bigint\' }'],
    ['a\n2020-02-31\n', { types: { a: 'date' } }, '"2020-02-31"'],
    ['a\nyes\n', { types: { a: 'boolean' } }, '"yes"'],
    [
      'a,b\n1,2\n',
      { types: { c: 'number' } },
      "types of bucket/key must be among its columns 'a', 'b', not \"c\"",
    ],
    ['a,b\n1,2\n', { columns: ['c'] }, "columns of bucket/key must be among its columns 'a', 'b', not \"c\""],
  ])('%j with %j is refused', async (csv, options, message) => {
    await expect(rowsOf(csv, options)).rejects.toThrow(message);
  });

  it('are columns of Arrow tables that fit each other', async () => {
    const readers = await partsOf(format, new MemorySource(text), { parts: 2 }, { csv: { infer: true } });
    const tables = await Promise.all(readers.map((reader) => reader.arrow()));
    expect(new Set(tables.map(({ schema }) => String(schema))).size).toBe(1);
    const table = tables[0]!.concat(...tables.slice(1));
    expect(table.numRows).toBe(2);
    expect(table.getChild('big')?.get(0)).toBe(9007199254740993n);
  });
});
