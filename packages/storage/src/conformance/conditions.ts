import assert from 'node:assert/strict';
import { type ConformanceCase, type ConformanceTarget, claims, rejectsWith } from './case.ts';

/** Writes that happen only if. */
export function conditionCases(target: ConformanceTarget): ConformanceCase[] {
  const claim = claims(target);
  return [
    claim(
      'ifNoneMatch writes what is not there and leaves what is',
      async ({ storage, bucket }) => {
        await storage.putObject(bucket, 'a', 'first', { ifNoneMatch: '*' });
        const error = await rejectsWith(
          storage.putObject(bucket, 'a', 'second', { ifNoneMatch: '*' }),
          'precondition-failed',
          'ifNoneMatch',
          '"a"',
          bucket,
        );
        assert.equal(error.name, 'PreconditionFailedError');
        assert.equal((await storage.getObject(bucket, 'a')).toString(), 'first');
        await storage.deleteObject(bucket, 'a');
        await storage.putObject(bucket, 'a', 'third', { ifNoneMatch: '*' });
      },
      { capability: 'if-none-match' },
    ),
    claim(
      'of a hundred creators at once one wins',
      async ({ storage, bucket }) => {
        const race = async (key: string): Promise<void> => {
          const writes = Array.from({ length: 100 }, (_, i) =>
            storage.putObject(bucket, key, `writer ${i}`, { ifNoneMatch: '*' }).then(() => i),
          );
          const results = await Promise.allSettled(writes);
          const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
          assert.equal(winners.length, 1);
          assert.equal((await storage.getObject(bucket, key)).toString(), `writer ${winners[0]}`);
        };
        // More than once: a store that looks first and writes then is lucky in some races.
        for (const key of ['a', 'b', 'c', 'd']) await race(key);
      },
      { capability: 'if-none-match' },
    ),
    claim(
      'ifMatch replaces the version that it names and no other',
      async ({ storage, bucket }) => {
        const first = await storage.putObject(bucket, 'a', 'same size 1');
        const second = await storage.putObject(bucket, 'a', 'same size 2', { ifMatch: first.etag });
        await rejectsWith(
          storage.putObject(bucket, 'a', 'same size 3', { ifMatch: first.etag }),
          'precondition-failed',
          first.etag,
          '"a"',
        );
        assert.equal((await storage.getObject(bucket, 'a')).toString(), 'same size 2');
        await storage.deleteObject(bucket, 'a');
        await rejectsWith(
          storage.putObject(bucket, 'a', 'x', { ifMatch: second.etag }),
          'precondition-failed',
          'no such object',
        );
        await storage.putObject(bucket, 'a', 'same size 2');
        await rejectsWith(
          storage.putObject(bucket, 'a', 'x', { ifMatch: `${second.etag}x` }),
          'precondition-failed',
        );
      },
      { capability: 'if-match' },
    ),
    claim(
      'a large body under a failing condition changes nothing',
      async ({ storage, bucket }) => {
        await storage.putObject(bucket, 'a', 'kept');
        const body = Buffer.alloc(1_000_000);
        await rejectsWith(storage.putObject(bucket, 'a', body, { ifNoneMatch: '*' }), 'precondition-failed');
        assert.equal((await storage.getObject(bucket, 'a')).toString(), 'kept');
      },
      { capability: 'if-none-match' },
    ),
    claim(
      'two conditions at once, and conditions of another form, are refused',
      async ({ storage, bucket }) => {
        await rejectsWith(
          storage.putObject(bucket, 'a', 'x', { ifNoneMatch: '*', ifMatch: 'e' }),
          'bad-argument',
          'ifMatch',
        );
        await rejectsWith(storage.putObject(bucket, 'a', 'x', { ifMatch: '' }), 'bad-argument', 'ifMatch');
        await rejectsWith(
          storage.putObject(bucket, 'a', 'x', { ifNoneMatch: 'etag' as '*' }),
          'bad-argument',
          'ifNoneMatch',
        );
      },
    ),
  ];
}
