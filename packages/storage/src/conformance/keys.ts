import assert from 'node:assert/strict';
import { compareKeys } from '../names.ts';
import { atOnce, type ConformanceCase, type ConformanceTarget, claims, keysOf, rejectsWith } from './case.ts';

/** Keys that have been a way out of the root, a clash or a loss in one store or another. */
export const AWKWARD_KEYS: readonly string[] = [
  'a',
  'a/b',
  'a/b/c',
  'a.b',
  'a.b/c',
  'a%',
  'a%/b',
  'a.b%',
  'a%2E',
  'a%2Eb',
  '%',
  '%%',
  '%-',
  'a%-',
  'a%-/b',
  '%2E',
  '%2E%2E',
  '.',
  '..',
  '...',
  './a',
  '../a',
  '../../../etc/passwd',
  'a/../b',
  'a/./b',
  'a/..',
  '/',
  '//',
  '/a',
  '/etc/passwd',
  'a/',
  'a//',
  'a//b',
  '//a//',
  '.skein',
  '.skein/drafts',
  '.skein/x.txt',
  '.hidden',
  '.git/config',
  'a/.skein',
  '%2Eskein',
  'A',
  'A/b',
  'nul\0byte',
  '\0',
  '\u0001',
  'tab\t',
  'line\nbreak',
  'del\u007f',
  'nel\u0085',
  'space ',
  ' space',
  'back\\slash',
  '\\',
  'C:\\x',
  'a:b',
  'ü',
  'u\u0308',
  '日本語/キー',
  '😀',
  '\ue000',
  '\uffff',
  'ﬁ',
  '*',
  '?',
  '[a]',
  '{b}',
  '~',
  '~root',
  '$HOME',
  '`id`',
  '-rf',
  '"',
  "'",
  '<>|',
  '#',
  '&',
  '+',
  'x'.repeat(255),
  'x'.repeat(256),
  `${'x'.repeat(254)}.y`,
  'x'.repeat(1024),
  `${'x'.repeat(300)}/${'y'.repeat(300)}`,
  `${'d/'.repeat(511)}k`,
  '../'.repeat(341),
  'é'.repeat(512),
  '😀'.repeat(256),
  '\u0001'.repeat(1024),
  '/'.repeat(1024),
  '%'.repeat(1024),
  '.'.repeat(1024),
  `${'x'.repeat(200)}.`,
  `${'x'.repeat(249)}..`,
  `${'x'.repeat(260)}..`,
  `${'x'.repeat(200)}`,
  `${'x'.repeat(200)}/`,
  `${'x'.repeat(200)}-`,
  `${'x'.repeat(260)}-`,
  `${'x'.repeat(260)}/z`,
];

/** Any key is a key, and nothing else is. */
export function keyCases(target: ConformanceTarget): ConformanceCase[] {
  const claim = claims(target);
  return [
    claim('awkward keys live side by side, each with its own object', async ({ storage, bucket }) => {
      await atOnce(AWKWARD_KEYS, (key) => storage.putObject(bucket, key, key));
      await atOnce(AWKWARD_KEYS, async (key) =>
        assert.equal((await storage.getObject(bucket, key)).toString(), key),
      );
      const listed = await keysOf(storage, bucket);
      assert.deepEqual([...listed].sort(compareKeys), [...AWKWARD_KEYS].sort(compareKeys));
      await atOnce(AWKWARD_KEYS, async (key) => {
        await storage.deleteObject(bucket, key);
        await rejectsWith(storage.headObject(bucket, key), 'no-such-key');
      });
      assert.deepEqual(await keysOf(storage, bucket), []);
    }),
    claim('what is no key or bucket is refused by name', async ({ storage, bucket }) => {
      await rejectsWith(storage.putObject(bucket, '', 'x'), 'bad-argument', 'key', 'empty');
      await rejectsWith(
        storage.putObject(bucket, 'x'.repeat(1025), 'x'),
        'bad-argument',
        '1024 bytes',
        '1025 bytes',
      );
      await rejectsWith(storage.putObject(bucket, '\ud800', 'x'), 'bad-argument', 'surrogate');
      await rejectsWith(storage.getObject(bucket, 7 as unknown as string), 'bad-argument', 'key', '7');
      for (const wrong of ['', '..', '.skein', 'a/b', 'a\0', 'x'.repeat(64), 'ü']) {
        await rejectsWith(storage.createBucket(wrong), 'bad-argument', 'bucket');
        await rejectsWith(storage.putObject(wrong, 'a', 'x'), 'bad-argument', 'bucket');
      }
    }),
  ];
}
