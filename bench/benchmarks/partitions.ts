import type { CountRequest, PlanRequest } from '../contestants/protocol.ts';
import { CYCLE } from '../data/columns.ts';
import { csvOf, rowsIn } from '../data/csv.ts';
import type { DataSet } from '../data/data-set.ts';
import type { Benchmark, PythonPackages, Scale, ServedContestant } from '../harness/benchmark.ts';

export function csvCount(scale: Scale): Benchmark {
  return {
    ...counting('csv', scale),
    name: 'csv-count',
    title: `rows of ${sizeOf(scale)} of CSV, some of them with quotes, counted`,
    measures:
      'cutting at the ends of records and counting them, on two cores: Skein’s two workers, DuckDB’s two threads, two `wc -l` at a time with half of the file each, and `wc -l` as it comes, which uses one. `wc` and Lithops count newlines, those within quotes too.',
  };
}

export function textCount(scale: Scale): Benchmark {
  return {
    ...counting('text', scale),
    name: 'text-count',
    title: `lines of ${sizeOf(scale)} of text counted`,
    measures:
      'the same of the same file by newlines alone; DuckDB reads it as a table of one column without quotes.',
  };
}

function counting(
  format: CountRequest['format'],
  scale: Scale,
): Omit<Benchmark, 'name' | 'title' | 'measures'> {
  const { quick } = scale;
  const rows = rowsIn(bytesOf(scale));
  const { bytes, lines } = csvOf(rows);
  const data: DataSet = { format: 'csv', rows };
  const records = format === 'csv' ? rows : lines;
  const counts = (name: string, program: ServedContestant['program'], request: CountRequest) =>
    ({ kind: 'served', name, program, data, request, parts: bytes / 1e6 }) as const;
  return {
    leavesOut:
      'the disk: the file has just been written, and all read it from the system’s cache. Workers and threads have been started.',
    unit: { name: 'MB/s', perSecond: 1 },
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 8,
    contestants: [
      counts('Skein', 'partitions.ts', { op: 'count', format, records }),
      counts('wc -l, two', 'wc.ts', { op: 'count', format: 'text', records: lines, processes: 2 }),
      ...(quick ? [] : [counts('wc -l', 'wc.ts', { op: 'count', format: 'text', records: lines })]),
      counts('DuckDB', 'duckdb.ts', { op: 'count', format, records }),
      {
        ...counts('Lithops', 'lithops_partitions.py', { op: 'count', format: 'text', records: lines }),
        python: lithops(scale),
      },
    ],
    claims: [
      { of: 'Skein', over: 'wc -l, two', atMost: 1.5 },
      { of: 'Skein', over: 'DuckDB', atMost: 1 },
      { of: 'Skein', over: 'Lithops', atMost: 0.1 },
    ],
  };
}

export function parquetSum(scale: Scale): Benchmark {
  return {
    ...summing('parquet', scale, (duck) => ({ ...duck, program: 'duckdb.ts' })),
    name: 'parquet-sum',
    measures:
      'reading one column of doubles of three, by row groups, on two cores; as batches that are put over one another, as DuckDB does too, and as tables of memory of their own. DuckDB has written the file, with Snappy.',
  };
}

export function arrowSum(scale: Scale): Benchmark {
  const packages = ['duckdb==1.5.6', 'pyarrow==26.0.1'] as const;
  const python: PythonPackages = { packages, install: !scale.quick };
  return {
    ...summing('arrow', scale, (duck) => ({ ...duck, program: 'duckdb_arrow.py', python })),
    name: 'arrow-sum',
    measures:
      'the same of an Arrow file without compression, by batches. DuckDB reads no such file by itself: pyarrow maps it into memory.',
  };
}

const TITLES = { parquet: 'Parquet', arrow: 'Arrow' } as const;

function summing(
  format: 'parquet' | 'arrow',
  { quick }: Scale,
  play: (duck: Omit<ServedContestant, 'program'>) => ServedContestant,
): Omit<Benchmark, 'name' | 'measures'> {
  const rows = quick ? CYCLE : 32 * CYCLE;
  const shared = {
    kind: 'served',
    data: { format, rows },
    request: { op: 'sum', format, rows },
    parts: rows / 1e6,
  } as const;
  return {
    title: `a column of ${(rows / 1e6).toFixed(1)} million rows of ${TITLES[format]} added up`,
    leavesOut: 'the disk, as in csv-count, and what other columns take: nobody reads them.',
    unit: { name: 'ms a million rows', perMs: 1 },
    warmup: quick ? 0 : 2,
    rounds: quick ? 1 : 8,
    contestants: [
      { ...shared, name: 'Skein', program: 'partitions.ts' },
      {
        ...shared,
        name: 'Skein, tables',
        program: 'partitions.ts',
        request: { ...shared.request, asTables: true },
      },
      play({ ...shared, name: 'DuckDB' }),
    ],
    claims: [{ of: 'Skein', over: 'DuckDB', atMost: 2 }],
  };
}

export function planObjects(scale: Scale): Benchmark {
  const { quick } = scale;
  const count = quick ? 200 : 100_000;
  const plays = (name: string, program: ServedContestant['program'], inMemory = false) => {
    const request: PlanRequest = { op: 'plan', objects: count, ...(inMemory && { inMemory }) };
    const data: DataSet = { format: 'folder', rows: count };
    return { kind: 'served', name, program, data, request, parts: count } as const;
  };
  return {
    name: 'plan-objects',
    title: `a plan of ${count.toLocaleString('en')} objects`,
    measures:
      'finding small objects and making a partition of each, as a job does with its first calls. They are files of a folder, for Skein also objects of a bucket in its memory: what planning takes apart from the system’s calls.',
    leavesOut: 'a network, and what reading the objects takes.',
    unit: { name: 'µs an object', perMs: 1_000 },
    warmup: quick ? 0 : 1,
    rounds: quick ? 1 : 4,
    contestants: [
      plays('Skein', 'partitions.ts'),
      plays('Skein, memory', 'partitions.ts', true),
      { ...plays('Lithops', 'lithops_partitions.py'), python: lithops(scale) },
    ],
    claims: [
      { of: 'Skein', over: 'Lithops', atMost: 1 },
      { of: 'Skein, memory', atMost: 20 },
    ],
  };
}

function lithops({ quick }: Scale): PythonPackages {
  return { packages: ['lithops==3.8.0'], install: !quick };
}

function bytesOf({ quick }: Scale): number {
  return quick ? 4_000_000 : 1_000_000_000;
}

function sizeOf(scale: Scale): string {
  return `${(bytesOf(scale) / 1e6).toLocaleString('en')} MB`;
}
