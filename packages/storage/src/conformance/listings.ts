import assert from 'node:assert/strict';
import type { ListEntry } from '../driver.ts';
import { compareKeys } from '../names.ts';
import { atOnce, type ConformanceCase, type ConformanceTarget, claims, keysOf, rejectsWith } from './case.ts';

const TREE = ['a-b', 'a.txt', 'a/1', 'a/2/x', 'a/2/y', 'a0', 'ab/c', 'b', 'foo/1', 'foobar', '\ue000', '😀'];

/** What a listing tells, in which order, and from where on. */
export function listingCases(target: ConformanceTarget): ConformanceCase[] {
  const claim = claims(target);
  const tree = async ({
    storage,
    bucket,
  }: {
    storage: ReturnType<ConformanceTarget['open']>;
    bucket: string;
  }): Promise<void> => {
    await atOnce(TREE, (key) => storage.putObject(bucket, key, key));
  };
  return [
    claim('an empty bucket lists nothing, and so does a prefix without keys', async ({ storage, bucket }) => {
      assert.deepEqual(await keysOf(storage, bucket), []);
      await storage.putObject(bucket, 'a', 'x');
      for (const prefix of ['b', 'a/', 'ab', '/', '../', 'x'.repeat(300)])
        assert.deepEqual(await keysOf(storage, bucket, prefix), []);
    }),
    claim('entries tell what head tells', async ({ storage, bucket }) => {
      const { etag } = await storage.putObject(bucket, 'some/key', 'content');
      for await (const entry of storage.listObjects(bucket)) {
        const head = await storage.headObject(bucket, 'some/key');
        assert.deepEqual([entry.key, entry.size, entry.etag], ['some/key', 7, etag]);
        assert.equal(entry.lastModified.getTime(), head.lastModified.getTime());
      }
    }),
    claim('a prefix is any beginning of a key, not a directory', async (bench) => {
      await tree(bench);
      const { storage, bucket } = bench;
      for (const prefix of ['a', 'a/', 'a/2', 'a/2/', 'foo', 'foo/', 'f', '😀']) {
        const expected = TREE.filter((key) => key.startsWith(prefix)).sort(compareKeys);
        assert.deepEqual((await keysOf(storage, bucket, prefix)).sort(compareKeys), expected, prefix);
      }
    }),
    claim(
      'keys come in the order of their UTF-8 bytes',
      async (bench) => {
        await tree(bench);
        const expected = [...TREE].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        assert.deepEqual(await keysOf(bench.storage, bench.bucket), expected);
      },
      { capability: 'ordered-list' },
    ),
    claim(
      'startAfter goes on after any text, key or not',
      async (bench) => {
        await tree(bench);
        const { storage, bucket } = bench;
        const order = [...TREE].sort(compareKeys);
        for (const startAfter of [
          ...TREE,
          'A',
          'a/2',
          'a/2/',
          'a/2/xx',
          'a/3',
          'ab',
          'ab/',
          'zzz',
          '~',
          '\uffff',
          '/',
        ]) {
          for (const prefix of ['', 'a', 'a/', 'a/2/']) {
            const expected = order.filter(
              (key) => key.startsWith(prefix) && compareKeys(key, startAfter) > 0,
            );
            assert.deepEqual(
              await keysOf(storage, bucket, prefix, { startAfter }),
              expected,
              `${prefix} after ${startAfter}`,
            );
          }
        }
      },
      { capability: 'ordered-list' },
    ),
    claim('a delimiter gathers what is below into one entry', async (bench) => {
      await tree(bench);
      const { storage, bucket } = bench;
      const list = async (prefix: string, delimiter: string): Promise<string[]> => {
        const entries: ListEntry[] = [];
        for await (const entry of storage.listObjects(bucket, prefix, { delimiter })) entries.push(entry);
        return entries
          .map((entry) => (entry.kind === 'prefix' ? `(${entry.prefix})` : entry.key))
          .sort(compareKeys);
      };
      assert.deepEqual(await list('', '/'), [
        '(a/)',
        '(ab/)',
        '(foo/)',
        'a-b',
        'a.txt',
        'a0',
        'b',
        'foobar',
        '\ue000',
        '😀',
      ]);
      assert.deepEqual(await list('a/', '/'), ['(a/2/)', 'a/1']);
      assert.deepEqual(await list('a', '/'), ['(a/)', '(ab/)', 'a-b', 'a.txt', 'a0']);
      assert.deepEqual(await list('foo', 'b'), ['(foob)', 'foo/1']);
      assert.deepEqual(
        await keysOf(storage, bucket, 'f', { delimiter: '/' }).then((keys) => keys.sort(compareKeys)),
        ['foo/', 'foobar'],
      );
    }),
    claim('a key may go on where another ends, with a slash too', async ({ storage, bucket }) => {
      const keys = ['foo', 'foo/', 'foo/1', 'foo/1/2', 'foobar'];
      for (const key of keys) await storage.putObject(bucket, key, key);
      for (const key of keys) assert.equal((await storage.getObject(bucket, key)).toString(), key);
      const list = async (prefix: string, options = {}): Promise<string[]> =>
        (await keysOf(storage, bucket, prefix, options)).sort(compareKeys);
      assert.deepEqual(await list(''), keys);
      assert.deepEqual(await list('foo/'), ['foo/', 'foo/1', 'foo/1/2']);
      assert.deepEqual(await list('', { delimiter: '/' }), ['foo', 'foo/', 'foobar']);
      assert.deepEqual(await list('foo/', { delimiter: '/' }), ['foo/', 'foo/1', 'foo/1/']);
      assert.deepEqual(await list('', { match: 'foo*' }), ['foo', 'foobar']);
      await storage.deleteObject(bucket, 'foo');
      assert.deepEqual(await list('foo'), ['foo/', 'foo/1', 'foo/1/2', 'foobar']);
    }),
    claim('match is a glob over whole keys', async (bench) => {
      await tree(bench);
      const { storage, bucket } = bench;
      await storage.putObject(bucket, 'a/.dot/z', 'x');
      const list = async (match: string, prefix = ''): Promise<string[]> =>
        (await keysOf(storage, bucket, prefix, { match })).sort(compareKeys);
      assert.deepEqual(await list('a/*'), ['a/1']);
      assert.deepEqual(await list('a/**/{x,z}'), ['a/.dot/z', 'a/2/x']);
      assert.deepEqual(await list('foo*'), ['foobar']);
      assert.deepEqual(await list('a.txt'), ['a.txt']);
      assert.deepEqual(await list('foo*', 'foob'), ['foobar']);
      assert.deepEqual(await list('foo*', 'a'), []);
      assert.deepEqual(await list('**/y', 'a/'), ['a/2/y']);
    }),
    claim(
      'a listing over several pages has every key once, while keys come and go',
      async ({ storage, bucket }) => {
        const kept = Array.from({ length: 1100 }, (_, i) => `k/${String(i * 3).padStart(5, '0')}`);
        await atOnce(kept, (key) => storage.putObject(bucket, key, ''));
        const seen: string[] = [];
        for await (const key of storage.listKeys(bucket)) {
          seen.push(key);
          if (seen.length % 100 === 0) {
            await storage.putObject(bucket, `k/${String(seen.length * 3 + 1).padStart(5, '0')}`, 'new');
            await storage.deleteObject(bucket, `k/${String(seen.length * 3 - 299).padStart(5, '0')}`);
          }
        }
        const counts = new Map<string, number>();
        for (const key of seen) counts.set(key, (counts.get(key) ?? 0) + 1);
        for (const key of kept) assert.equal(counts.get(key), 1, key);
        for (const [key, count] of counts) assert.equal(count, 1, key);
      },
    ),
    claim('a listing that is left early lets go', async ({ storage, bucket }) => {
      for (let i = 0; i < 10; i++) await storage.putObject(bucket, `k${i}`, '');
      for await (const key of storage.listKeys(bucket)) {
        assert.ok(key);
        break;
      }
    }),
    claim('wrong options are refused by name', async ({ storage, bucket }) => {
      await rejectsWith(keysOf(storage, bucket, '', { delimiter: '' }), 'bad-argument', 'delimiter');
      await rejectsWith(keysOf(storage, bucket, 7 as unknown as string), 'bad-argument', 'prefix', '7');
      await rejectsWith(keysOf(storage, bucket, '', { match: '' }), 'bad-argument', 'match');
      await rejectsWith(keysOf(storage, bucket, '', { timeoutMs: -1 }), 'bad-argument', 'timeoutMs');
    }),
  ];
}
