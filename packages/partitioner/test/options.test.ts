import { describe, expect, test } from 'vitest';
import { discover, objects, type PartitionOptions, partition } from '../src/index.ts';
import { failureOf } from './support/all.ts';

describe('what is no option, or none of it, is refused at once', () => {
  test.each<[PartitionOptions, RegExp]>([
    [{ chunk: 1 } as never, /the option 'chunk' is not known; known are bytes, parts/],
    [{ part: 1 } as never, /'part' is not known; did you mean 'parts'\?/],
    [{ bytes: 0 }, /bytes must be a number of bytes, or text such as '64MiB' or '1.5GB', at least 1, not 0/],
    [{ bytes: 'many' }, /bytes must be .* not "many"/],
    [{ parts: 1.5 }, /parts must be a whole number from 1, not 1.5/],
    [{ parts: 2, bytes: 10 }, /bytes and parts both say how large parts are/],
    [{ format: 'xml' as never }, /format must be one of 'text', 'json-lines'.* not "xml"/],
    [{ compression: 'zip' as never }, /compression must be one of 'gzip', 'zstd', 'none', not "zip"/],
    [{ newline: '' }, /newline must be text or bytes that end a line, or 'any', not ""/],
    [{ columns: [] }, /columns must be a list of names/],
    [{ columns: ['a', 'a'] }, /columns must be names, each once, not "a"/],
    [{ types: { a: 'float' as never } }, /types.a must be one of 'string', 'number'/],
    [{ signal: 'stop' as never }, /signal must be an AbortSignal, not "stop"/],
    [null as never, /options must be an object, not null/],
  ])('%j', async (options, message) => {
    for (const make of [partition, objects]) {
      expect(await failureOf(() => make('data', options))).toMatchObject({
        name: 'PartitionError',
        code: 'bad-argument',
        message: expect.stringMatching(message),
      });
    }
  });

  test('of discovery', async () => {
    expect(await failureOf(() => discover('data', { parts: 2 } as never))).toMatchObject({
      code: 'bad-argument',
    });
  });
});
