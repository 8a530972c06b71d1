import { openAsBlob, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CaptureError } from '@skein/codec';
import { Storage } from '@skein/storage';
import { memoryDriver } from '@skein/storage/memory';
import { tableFromArrays, tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloudObject } from '../src/index.ts';
import { everyStore, folder, memory } from './support/stores.ts';

const scope = 'values';
const views = [
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
] as const;

describe.each(everyStore)('on %s, a value comes back as it was:', (_name, openStore) => {
  const storage = openStore();
  const back = async <V>(value: V): Promise<unknown> => (await cloudObject(value, { storage, scope })).get();

  test.each(views.map((View) => [View.name, View] as const))('%s', async (_view, View) => {
    const value = new View([1, 2, 250]);
    const again = await back(value);
    expect(again).toStrictEqual(value);
    expect(Object.getPrototypeOf(again)).toBe(View.prototype);
    expect(await back(new View(0))).toStrictEqual(new View(0));
    expect(await back(value.subarray(1))).toStrictEqual(new View([2, 250]));
  });

  test('arrays of bigints, buffers, text', async () => {
    expect(await back(new BigInt64Array([-1n, 2n]))).toStrictEqual(new BigInt64Array([-1n, 2n]));
    expect(await back(new BigUint64Array([2n ** 63n]))).toStrictEqual(new BigUint64Array([2n ** 63n]));
    expect(await back(Buffer.from('bytes'))).toStrictEqual(Buffer.from('bytes'));
    const bytes = await back(new Uint8Array([1, 2, 3]).buffer);
    expect(bytes).toBeInstanceOf(ArrayBuffer);
    expect(bytes).toStrictEqual(new Uint8Array([1, 2, 3]).buffer);
    expect(await back('žluťoučký 🐎')).toBe('žluťoučký 🐎');
    expect(await back('')).toBe('');
    expect(await back('half of a pair: \ud83d')).toBe('half of a pair: \ud83d');
  });

  test('any value of the codec', async () => {
    const shared = { at: new Date(0) };
    const value = {
      map: new Map([[shared, -0]]),
      shared,
      big: new Float64Array(1000).fill(0.5),
      u: undefined,
    };
    const again = (await back(value)) as typeof value;
    expect(again).toStrictEqual(value);
    expect(again.map.has(again.shared)).toBe(true);
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withBigInt: true, withTypedArray: true, withSparseArray: true }),
        async (one) => {
          expect(await back({ one })).toStrictEqual({ one });
        },
      ),
      { numRuns: 100 },
    );
  });

  test('what comes over time, as bytes', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, 'from a file');
    async function* chunks(): AsyncGenerator<string> {
      yield 'one ';
      yield 'two';
    }
    function* atOnce(): Generator<string> {
      yield 'three ';
      yield 'four';
    }
    expect(String(await back(chunks()))).toBe('one two');
    expect(String(await back(atOnce()))).toBe('three four');
    expect(String(await back(Readable.from(['a', 'b'])))).toBe('ab');
    expect(String(await back(new Blob(['a blob'])))).toBe('a blob');
    expect(String(await back(await openAsBlob(file)))).toBe('from a file');
    const handle = await open(file);
    expect(await back(handle)).toStrictEqual(Buffer.from('from a file'));
    await handle.close();
  });

  test('an Arrow table, and the object is a stream that others read', async () => {
    const table = tableFromArrays({ km: Float64Array.of(1.5, 2.5), day: ['mo', 'tu'] });
    const object = await cloudObject(table, { storage, scope });
    const again = await object.get();
    expect(again.toArray().map(String)).toEqual(table.toArray().map(String));
    expect(object.key).toMatch(/\.arrows$/);
    const chunks: Buffer[] = [];
    for await (const chunk of await object.stream()) chunks.push(chunk as Buffer);
    expect(tableFromIPC(Buffer.concat(chunks)).numRows).toBe(2);
    expect(
      (await (await cloudObject(tableFromArrays({ none: [] as number[] }), { storage, scope })).get())
        .numRows,
    ).toBe(0);
  });
});

test('what cannot be kept is refused with the path to it, and nothing is stored', async () => {
  const storage = memory();
  const failed = cloudObject({ inner: { promise: Promise.resolve(1) } }, { storage, scope });
  await expect(failed).rejects.toThrow(CaptureError);
  await expect(failed).rejects.toThrow(/inner.*promise/);
  await expect(cloudObject({ fn: () => 1 }, { storage, scope })).rejects.toThrow(CaptureError);
  await expect(storage.headBucket('skein')).rejects.toMatchObject({ code: 'no-such-bucket' });
  // A store in memory means nothing to who reads a file elsewhere.
  await expect(cloudObject({ storage }, { storage: `file:${folder()}`, scope })).rejects.toThrow(
    CaptureError,
  );
});

describe('large arrays are not copied:', () => {
  /** Sees what a store is given, and gives what it has to give. */
  function watched(): {
    readonly storage: Storage;
    parts: readonly Uint8Array[];
    given: Uint8Array | undefined;
  } {
    const driver = memoryDriver({ name: 'watched' });
    const watch: ReturnType<typeof watched> = {
      storage: new Storage({
        ...driver,
        async put(bucket, key, body, options) {
          if (body.kind === 'bytes') watch.parts = body.parts;
          return driver.put(bucket, key, body, options);
        },
        async get(bucket, key, options) {
          const object = await driver.get(bucket, key, options);
          watch.given = object.body as Uint8Array;
          return object;
        },
      }),
      parts: [],
      given: undefined,
    };
    return watch;
  }
  const memoryOf = (view: ArrayBufferView): ArrayBufferLike => view.buffer;

  test('a typed array is written from where it is, and read as a view of what the store gives', async () => {
    const watch = watched();
    const value = new Float64Array(100_000).fill(1.5);
    const object = await cloudObject(value.subarray(7), { storage: watch.storage, scope });
    expect(watch.parts.length).toBe(1);
    expect(memoryOf(watch.parts[0]!)).toBe(value.buffer);
    const again = await object.get();
    expect(memoryOf(again)).toBe(memoryOf(watch.given!));
    expect([again.length, again[99_000]]).toEqual([99_993, 1.5]);
  });

  test('those within a value too', async () => {
    const watch = watched();
    const value = { a: new Float32Array(100_000), b: [new Uint8Array(50_000)] };
    const object = await cloudObject(value, { storage: watch.storage, scope });
    const memories = watch.parts.map(memoryOf);
    expect(memories).toContain(value.a.buffer);
    expect(memories).toContain(value.b[0]!.buffer);
    const again = await object.get();
    expect(memoryOf(again.a)).toBe(memoryOf(watch.given!));
    expect(memoryOf(again.b[0]!)).toBe(memoryOf(watch.given!));
  });

  test('columns of an Arrow table too', async () => {
    const watch = watched();
    const column = new Float64Array(100_000).fill(2.5);
    const table = tableFromArrays({ column });
    const object = await cloudObject(table, { storage: watch.storage, scope });
    expect(watch.parts.map(memoryOf)).toContain(table.getChild('column')!.data[0]!.values.buffer);
    const again = await object.get();
    expect(memoryOf(again.getChild('column')!.data[0]!.values as Float64Array)).toBe(memoryOf(watch.given!));
    expect(again.getChild('column')!.get(99_999)).toBe(2.5);
  });

  test('memory stays as it was: 64 MB are written and read without a second copy', async () => {
    const storage = new Storage(`file:${folder()}`);
    const megabytes = 64;
    const value = new Float64Array((megabytes * 2 ** 20) / 8);
    await (await cloudObject(new Float64Array(1000), { storage, scope })).get(); // what is loaded first
    const before = process.memoryUsage().arrayBuffers;
    const object = await cloudObject(value, { storage, scope });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
    const again = await object.get();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((megabytes + 8) * 2 ** 20);
    expect(again.length).toBe(value.length);
  });
});

test('a typed array whose bytes are no whole elements is said to be damaged', async () => {
  const storage = memory();
  const object = await cloudObject(new Float64Array(2), { storage, scope });
  const { etag } = await storage.putObject(object.bucket, object.key, 'abc');
  const other = Object.assign(Object.create(Object.getPrototypeOf(object)), object, { etag });
  await expect(other.get()).rejects.toMatchObject({ code: 'damaged', message: /3 bytes/ });
});
