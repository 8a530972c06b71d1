import { constants } from 'node:buffer';
import { expect, test } from 'vitest';
import { wholeText } from '../src/text/whole-text.ts';
import { failureOf } from './support/all.ts';

test('more than a string can hold is an error that names the object', async () => {
  const bytes = Buffer.alloc(constants.MAX_STRING_LENGTH + 1);
  expect(await failureOf(() => wholeText(bytes, 'bucket/large.json', true))).toMatchObject({
    name: 'PartitionError',
    code: 'unsupported',
    object: 'bucket/large.json',
    message: 'bucket/large.json: 512 MiB are more than one text can hold: read them by lines or records',
  });
});
