import assert from 'node:assert/strict';
import { type ConformanceCase, type ConformanceTarget, claims, keysOf, rejectsWith } from './case.ts';

/** Objects and buckets come, change and go. */
export function objectCases(target: ConformanceTarget): ConformanceCase[] {
  const claim = claims(target);
  return [
    claim('what was put is got, by another handle too', async ({ storage, bucket, another }) => {
      const { etag, size } = await storage.putObject(bucket, 'greeting.txt', 'grüß dich');
      assert.equal(size, 11);
      assert.equal((await storage.getObject(bucket, 'greeting.txt')).toString(), 'grüß dich');
      const { info, body } = await another().getObject(bucket, 'greeting.txt', { info: true });
      assert.equal(body.toString(), 'grüß dich');
      assert.deepEqual([info.key, info.size, info.etag], ['greeting.txt', 11, etag]);
    }),
    claim('an empty object is an object', async ({ storage, bucket }) => {
      await storage.putObject(bucket, 'empty', '');
      assert.equal((await storage.getObject(bucket, 'empty')).length, 0);
      assert.equal((await storage.headObject(bucket, 'empty')).size, 0);
    }),
    claim('a second write replaces the first and has another etag', async ({ storage, bucket }) => {
      const first = await storage.putObject(bucket, 'a', 'one');
      const second = await storage.putObject(bucket, 'a', 'two');
      assert.notEqual(first.etag, second.etag);
      assert.equal((await storage.getObject(bucket, 'a')).toString(), 'two');
      assert.equal((await storage.headObject(bucket, 'a')).etag, second.etag);
    }),
    claim('a write tells its time', async ({ storage, bucket }) => {
      const before = Date.now();
      await storage.putObject(bucket, 'a', 'x');
      const { lastModified } = await storage.headObject(bucket, 'a');
      // Other machines' clocks and whole seconds are none of our business here.
      assert.ok(
        Math.abs(lastModified.getTime() - before) < 60_000,
        `${lastModified.toISOString()} is not now`,
      );
    }),
    claim(
      'content type and metadata are kept, replaced with the object and gone with it',
      async ({ storage, bucket }) => {
        const metadata = { author: 'Ada', 'x-note': 'größer' };
        await storage.putObject(bucket, 'a', 'x', { contentType: 'text/plain; charset=utf-8', metadata });
        const info = await storage.headObject(bucket, 'a');
        assert.equal(info.contentType, 'text/plain; charset=utf-8');
        assert.deepEqual({ ...info.metadata }, metadata);
        await storage.putObject(bucket, 'a', 'y');
        assert.deepEqual({ ...(await storage.headObject(bucket, 'a')).metadata }, {});
        await storage.putObject(bucket, 'a', 'z', { metadata });
        await storage.deleteObject(bucket, 'a');
        await storage.putObject(bucket, 'a', 'x');
        assert.deepEqual({ ...(await storage.headObject(bucket, 'a')).metadata }, {});
      },
      { capability: 'metadata' },
    ),
    claim('a missing object is a NoSuchKeyError that names bucket and key', async ({ storage, bucket }) => {
      for (const read of [
        () => storage.getObject(bucket, 'nope'),
        () => storage.headObject(bucket, 'nope'),
      ]) {
        const error = await rejectsWith(read(), 'no-such-key', bucket, 'nope');
        assert.deepEqual([error.name, error.bucket, error.key], ['NoSuchKeyError', bucket, 'nope']);
      }
    }),
    claim(
      'a missing bucket is a NoSuchBucketError that names it, and is not made by writing',
      async ({ storage, bucket }) => {
        const missing = `${bucket}-none`;
        await rejectsWith(storage.putObject(missing, 'a', 'x'), 'no-such-bucket', missing);
        await rejectsWith(storage.putObject(missing, 'a', async_('x')), 'no-such-bucket', missing);
        await rejectsWith(storage.getObject(missing, 'a'), 'no-such-bucket', missing);
        await rejectsWith(storage.headObject(missing, 'a'), 'no-such-bucket', missing);
        await rejectsWith(storage.deleteObject(missing, 'a'), 'no-such-bucket', missing);
        await rejectsWith(keysOf(storage, missing), 'no-such-bucket', missing);
        await rejectsWith(storage.headBucket(missing), 'no-such-bucket', missing);
        await rejectsWith(storage.deleteBucket(missing), 'no-such-bucket', missing);
      },
    ),
    claim('a bucket is made once, and made again without harm', async ({ storage, bucket }) => {
      await storage.putObject(bucket, 'a', 'x');
      await storage.createBucket(bucket);
      await storage.headBucket(bucket);
      assert.deepEqual(await keysOf(storage, bucket), ['a']);
    }),
    claim('a bucket with objects is not deleted', async ({ storage, bucket }) => {
      await storage.putObject(bucket, 'deep/below/a', 'x');
      await rejectsWith(storage.deleteBucket(bucket), 'busy', bucket);
      assert.equal((await storage.getObject(bucket, 'deep/below/a')).toString(), 'x');
    }),
    claim('deleting removes what is there and does not mind what is not', async ({ storage, bucket }) => {
      for (const key of ['a', 'b', 'c/d', 'c/e']) await storage.putObject(bucket, key, key);
      await storage.deleteObject(bucket, 'a');
      await storage.deleteObject(bucket, 'a');
      await storage.deleteObjects(bucket, ['c/d', 'nope', 'b']);
      assert.deepEqual(await keysOf(storage, bucket), ['c/e']);
    }),
    claim(
      'a presigned URL reads or writes its object without credentials, and no other',
      async ({ storage, bucket }) => {
        await storage.putObject(bucket, 'dir/a b', 'content');
        await storage.putObject(bucket, 'other', 'secret');
        const url = await storage.presignedUrl(bucket, 'dir/a b');
        assert.equal(await (await fetch(url)).text(), 'content');
        assert.ok((await fetch(url.replace('dir/a%20b', 'other'))).status >= 400);
        assert.ok((await fetch(url, { method: 'PUT', body: 'overwritten' })).status >= 400);
        const toWrite = await storage.presignedUrl(bucket, 'new', { method: 'PUT', expiresInMs: 60_000 });
        assert.ok((await fetch(toWrite, { method: 'PUT', body: 'written' })).ok);
        assert.equal((await storage.getObject(bucket, 'new')).toString(), 'written');
        assert.equal((await storage.getObject(bucket, 'dir/a b')).toString(), 'content');
      },
      { capability: 'presigned-url' },
    ),
    claim('presigned URLs are refused by name where there are none', async ({ storage, bucket }) => {
      await rejectsWith(storage.presignedUrl(bucket, 'a', { expiresInMs: 1 }), 'bad-argument', 'expiresInMs');
      if (!(await storage.supports('presigned-url')))
        await rejectsWith(storage.presignedUrl(bucket, 'a'), 'unsupported', 'presigned-url');
    }),
    claim('a copy has the bytes, type and metadata of its source', async ({ storage, bucket }) => {
      const details = (await storage.supports('metadata'))
        ? { contentType: 'text/csv', metadata: { a: '1' } }
        : {};
      await storage.putObject(bucket, 'from', 'content', details);
      await storage.copyObject({ bucket, key: 'from' }, { bucket, key: 'to/there' });
      const { info, body } = await storage.getObject(bucket, 'to/there', { info: true });
      assert.equal(body.toString(), 'content');
      assert.equal(info.contentType, details.contentType);
      assert.deepEqual({ ...info.metadata }, details.metadata ?? {});
    }),
  ];
}

async function* async_(text: string): AsyncGenerator<string> {
  yield text;
}
