import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { ByteRange } from '../range.ts';
import { type ConformanceCase, type ConformanceTarget, claims, keysOf, rejectsWith } from './case.ts';

const BIG = 6 * 1024 * 1024 + 17;

/** Bytes in and out: kinds of bodies, ranges, streams, and what happens when they break. */
export function bodyCases(target: ConformanceTarget): ConformanceCase[] {
  const claim = claims(target);
  return [
    claim('every kind of body arrives as its bytes', async ({ storage, bucket }) => {
      const bytes = Buffer.from('0123456789');
      const window = new Uint8Array(bytes.buffer, bytes.byteOffset + 2, 3);
      const bodies: [Parameters<typeof storage.putObject>[2], string][] = [
        ['text', 'text'],
        [bytes, '0123456789'],
        [window, '234'],
        [new DataView(window.buffer, window.byteOffset, 2), '23'],
        [Uint8Array.from([65, 66]).buffer, 'AB'],
        [[window, Buffer.from('-'), bytes], '234-0123456789'],
        [[], ''],
        [new Blob(['blob']), 'blob'],
        [new Blob(['web stream']).stream(), 'web stream'],
        [Readable.from(['node ', 'stream']), 'node stream'],
        [pieces('a', Buffer.from('b'), 'c'), 'abc'],
        [pieces(), ''],
      ];
      for (const [body, text] of bodies) {
        await storage.putObject(bucket, 'body', body);
        assert.equal((await storage.getObject(bucket, 'body')).toString(), text);
      }
    }),
    claim('what a caller does to its bytes afterwards changes nothing', async ({ storage, bucket }) => {
      const bytes = Buffer.from('before');
      await storage.putObject(bucket, 'a', bytes);
      bytes.fill('x');
      const got = await storage.getObject(bucket, 'a');
      got.fill('y');
      assert.equal((await storage.getObject(bucket, 'a')).toString(), 'before');
      const shared = Buffer.alloc(4);
      await storage.putObject(
        bucket,
        'a',
        (async function* () {
          for (const letter of 'abc') yield shared.fill(letter);
        })(),
      );
      assert.equal((await storage.getObject(bucket, 'a')).toString(), 'aaaabbbbcccc');
    }),
    claim('a large object is the same by bytes, by pieces and by streams', async ({ storage, bucket }) => {
      const bytes = pattern(BIG);
      await storage.putObject(bucket, 'bytes', bytes);
      await storage.putObject(bucket, 'parts', [bytes.subarray(0, 1000), bytes.subarray(1000)]);
      const { size } = await storage.putObject(bucket, 'stream', Readable.from(chunked(bytes, 77_777)));
      assert.equal(size, BIG);
      for (const key of ['bytes', 'parts', 'stream']) {
        assert.ok(bytes.equals(await storage.getObject(bucket, key)), key);
        const chunks: Buffer[] = [];
        for await (const chunk of await storage.getObject(bucket, key, { stream: true })) chunks.push(chunk);
        assert.ok(bytes.equals(Buffer.concat(chunks)), `${key} streamed`);
      }
    }),
    claim(
      'a range is inclusive, may lack an end, count from the end, and pass the end',
      async ({ storage, bucket }) => {
        await storage.putObject(bucket, 'digits', '0123456789');
        const read = async (range: ByteRange): Promise<string> =>
          String(await storage.getObject(bucket, 'digits', { range }));
        assert.equal(await read({ start: 1, end: 4 }), '1234');
        assert.equal(await read({ start: 0, end: 0 }), '0');
        assert.equal(await read({ start: 7 }), '789');
        assert.equal(await read({ start: 7, end: 1000 }), '789');
        assert.equal(await read({ suffix: 3 }), '789');
        assert.equal(await read({ suffix: 1000 }), '0123456789');
        const { info, body } = await storage.getObject(bucket, 'digits', {
          range: { suffix: 2 },
          stream: true,
          info: true,
        });
        assert.equal(info.size, 10);
        assert.equal(Buffer.concat(await body.toArray()).toString(), '89');
      },
    ),
    claim('a range of a large object is read by itself', async ({ storage, bucket }) => {
      const bytes = pattern(BIG);
      await storage.putObject(bucket, 'big', bytes);
      for (const [start, end] of [
        [0, 999_999],
        [1_234_567, 5_000_000],
        [BIG - 5, BIG + 5],
      ] as const) {
        const expected = bytes.subarray(start, end + 1);
        assert.ok(
          expected.equals(await storage.getObject(bucket, 'big', { range: { start, end } })),
          `${start}-${end}`,
        );
        const stream = await storage.getObject(bucket, 'big', { range: { start, end }, stream: true });
        assert.ok(expected.equals(Buffer.concat(await stream.toArray())), `${start}-${end} streamed`);
      }
    }),
    claim(
      'a range without a byte in the object is an error that names the size',
      async ({ storage, bucket }) => {
        await storage.putObject(bucket, 'digits', '0123456789');
        await storage.putObject(bucket, 'empty', '');
        await rejectsWith(
          storage.getObject(bucket, 'digits', { range: { start: 10 } }),
          'bad-range',
          'digits',
          '10 bytes',
        );
        await rejectsWith(
          storage.getObject(bucket, 'digits', { range: { start: 10 }, stream: true }),
          'bad-range',
          '10 bytes',
        );
        await rejectsWith(
          storage.getObject(bucket, 'empty', { range: { start: 0 } }),
          'bad-range',
          '0 bytes',
        );
        await rejectsWith(
          storage.getObject(bucket, 'empty', { range: { suffix: 1 } }),
          'bad-range',
          '0 bytes',
        );
      },
    ),
    claim('a source that fails leaves the old object and no new one', async ({ storage, bucket }) => {
      await storage.putObject(bucket, 'old', 'kept');
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield pattern(700_000);
        throw new Error('the source broke');
      };
      await assert.rejects(storage.putObject(bucket, 'old', failing()), /the source broke/);
      await assert.rejects(storage.putObject(bucket, 'new', failing()), /the source broke/);
      assert.equal((await storage.getObject(bucket, 'old')).toString(), 'kept');
      assert.deepEqual(await keysOf(storage, bucket), ['old']);
    }),
    claim('a chunk that is no bytes is an error that says what came', async ({ storage, bucket }) => {
      const wrong = (async function* () {
        yield 42 as unknown as string;
      })();
      await rejectsWith(storage.putObject(bucket, 'a', wrong), 'bad-argument', 'chunk', '42');
      assert.deepEqual(await keysOf(storage, bucket), []);
    }),
    claim(
      'a signal ends a write whose source is silent, and closes the source',
      async ({ storage, bucket }) => {
        const controller = new AbortController();
        const source = new Readable({ read() {} });
        source.push('beginning');
        const writing = storage.putObject(bucket, 'a', source, { signal: controller.signal });
        setImmediate(() => controller.abort(new Error('enough')));
        await assert.rejects(writing, /enough/);
        if (!source.closed) await once(source, 'close');
        assert.deepEqual(await keysOf(storage, bucket), []);
      },
    ),
    claim('a signal that has fired refuses every operation', async ({ storage, bucket }) => {
      const signal = AbortSignal.abort(new Error('too late'));
      await storage.putObject(bucket, 'a', 'x');
      await assert.rejects(storage.putObject(bucket, 'a', 'y', { signal }), /too late/);
      await assert.rejects(storage.getObject(bucket, 'a', { signal }), /too late/);
      await assert.rejects(storage.headObject(bucket, 'a', { signal }), /too late/);
      await assert.rejects(storage.deleteObject(bucket, 'a', { signal }), /too late/);
      await assert.rejects(keysOf(storage, bucket, '', { signal }), /too late/);
      assert.equal((await storage.getObject(bucket, 'a')).toString(), 'x');
    }),
    claim('a signal ends a stream that is being read', async ({ storage, bucket }) => {
      await storage.putObject(bucket, 'big', pattern(BIG));
      const controller = new AbortController();
      const stream = await storage.getObject(bucket, 'big', { stream: true, signal: controller.signal });
      await assert.rejects(async () => {
        for await (const _ of stream) controller.abort(new Error('enough'));
      });
    }),
    claim('the rest of a stream that is not wanted is let go', async ({ storage, bucket }) => {
      await storage.putObject(bucket, 'big', pattern(BIG));
      const stream = await storage.getObject(bucket, 'big', { stream: true });
      for await (const chunk of stream) {
        assert.ok(chunk.length > 0);
        break;
      }
      assert.equal(stream.destroyed, true);
      const untouched = await storage.getObject(bucket, 'big', { stream: true });
      untouched.destroy();
      await once(untouched, 'close');
      await storage.deleteObject(bucket, 'big');
    }),
    claim('a stream goes on with the version that it began with', async ({ storage, bucket }) => {
      const bytes = pattern(BIG);
      await storage.putObject(bucket, 'big', bytes);
      const stream = await storage.getObject(bucket, 'big', { stream: true });
      await storage.putObject(bucket, 'big', 'replaced');
      assert.ok(bytes.equals(Buffer.concat(await stream.toArray())));
    }),
  ];
}

/** Bytes in which every place is recognisable. */
export function pattern(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) bytes[i] = (i ^ (i >>> 8) ^ (i >>> 16)) & 0xff;
  return bytes;
}

function* chunked(bytes: Buffer, size: number): Generator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function* pieces(...chunks: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* chunks;
}
