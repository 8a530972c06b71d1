import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressed } from '../../src/compressed/compressed.ts';
import { format as parquet } from '../../src/format/parquet.ts';
import { format as text } from '../../src/format/text.ts';
import type { Compression } from '../../src/options.ts';
import { MemorySource } from '../support/memory-source.ts';
import { joined, partsOf } from '../support/opened.ts';
import { bgzf, zstd } from '../support/packed.ts';

async function linesOf(bytes: Uint8Array, kind: Compression, parts = 1): Promise<string[]> {
  const source = new MemorySource(bytes, { name: 'bucket/key', piece: 100 });
  return joined(await partsOf(compressed(text, kind), source, { parts }, {}), (part) => part.lines());
}

const damaged = { code: 'malformed', message: expect.stringContaining('bucket/key') };

/** `seq` with quotes, by the zstd program: one frame, with its checksum. */
const BY_PROGRAM = Buffer.from(
  'KLUv/ST8JQIAIkMLEKDtzIhF6wCA7RZejlO/+qL6lBA6x5hSCBlDCM+F+mDn2vLPWlz5fquD4LkwD6gQ+Pr/BvDlEJTxzwepNkp5klI1ucm3',
  'base64',
);

describe('gzip', () => {
  const one = gzipSync('one\n');
  const two = gzipSync('two\n');

  it('of many members is one text, also behind zeros at its end', async () => {
    expect(await linesOf(Buffer.concat([one, two, Buffer.alloc(300)]), 'gzip')).toEqual(['one', 'two']);
    expect(await linesOf(Buffer.alloc(0), 'gzip')).toEqual([]);
  });

  it.each([
    ['is cut off', two.subarray(0, -5)],
    ['is cut off in its head', two.subarray(0, 5)],
    ['has another byte', Buffer.concat([two.subarray(0, -6), Buffer.of(two.at(-6)! ^ 1), two.subarray(-5)])],
    ['is followed by what is no gzip', Buffer.concat([two, Buffer.from('garbage')])],
    ['is followed by zeros, and then by more', Buffer.concat([Buffer.alloc(20), two])],
  ])('that %s is an error, not a shorter text', async (_, rest) => {
    await expect(linesOf(Buffer.concat([one, rest]), 'gzip')).rejects.toMatchObject(damaged);
  });

  it('of BGZF with a gap between its members is an error', async () => {
    const packed = bgzf(Buffer.from('line\n'.repeat(300)), 50);
    const gap = Buffer.concat([packed.subarray(0, 300), packed.subarray(320)]);
    await expect(linesOf(gap, 'gzip', 2)).rejects.toMatchObject(damaged);
  });
});

describe('zstd', () => {
  it('is read as its own program writes it', async () => {
    const lines = Array.from({ length: 9 }, (_, at) => `row ${at + 1},"a ""quoted"" cell ${at + 1}"`);
    expect(await linesOf(BY_PROGRAM, 'zstd')).toEqual(lines);
    expect(await linesOf(Buffer.concat([BY_PROGRAM, BY_PROGRAM]), 'zstd')).toEqual([...lines, ...lines]);
    expect(await linesOf(Buffer.alloc(0), 'zstd')).toEqual([]);
  });

  it.each([
    ['is cut off', BY_PROGRAM.subarray(0, -7)],
    [
      'has another byte',
      Buffer.concat([BY_PROGRAM.subarray(0, 40), Buffer.of(BY_PROGRAM[40]! ^ 1), BY_PROGRAM.subarray(41)]),
    ],
    ['has another checksum', Buffer.concat([BY_PROGRAM.subarray(0, -1), Buffer.of(BY_PROGRAM.at(-1)! ^ 1)])],
    ['is followed by what is no zstd', Buffer.concat([BY_PROGRAM, Buffer.from('garbage')])],
    ['is none', Buffer.from('line\n'.repeat(10_000))],
  ])('that %s is an error, and does not hang', async (_, bytes) => {
    await expect(linesOf(bytes, 'zstd')).rejects.toMatchObject(damaged);
  });

  it('with a damaged table of its frames is an error', async () => {
    const packed = zstd(Buffer.from('line\n'.repeat(100)), 50);
    packed.writeUInt32LE(1, packed.length - 9 - 8); // the packed length of the last frame
    await expect(linesOf(packed, 'zstd', 3)).rejects.toMatchObject(damaged);
  });

  it('is left before its end, again and again, in the memory of one', async () => {
    const source = new MemorySource(
      zstd(Buffer.alloc(4 * 2 ** 20, 'a line of text\n'), 2 ** 20, { seekable: false }),
    );
    const format = compressed(text, 'zstd');
    const [cut] = await format.cut(source, { parts: 1 }, {});
    const firstBatch = async (): Promise<void> => {
      for await (const _lines of format.open(source, cut!, {}).lines()) return;
    };
    await firstBatch();
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    for (let times = 0; times < 100; times++) await firstBatch();
    const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().external - before;
    expect(grown).toBeLessThan(64 * 2 ** 20); // a decoder has a window of 1 MiB here
  });
});

it('what is read from its end is refused when it is packed', async () => {
  const format = compressed(parquet, 'gzip');
  await expect(
    format.cut(new MemorySource('', { name: 'x.parquet.gz' }), { parts: 1 }, {}),
  ).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('x.parquet.gz: parquet cannot be read within gzip'),
  });
});
