/** The benchmarks of storage, for whoever has one. */
import { randomUUID } from 'node:crypto';
import type { BucketRequest, Reply } from '../protocol.ts';
import { type Skills, timed } from '../serve.ts';
import { pieces } from './content.ts';
import type { Many, Objects } from './many.ts';
import type { Store } from './store.ts';

export interface Side {
  readonly store: Store;
  readonly many: Many;
}

/** @param open for the first request: all requests of a process are of one kind */
export function bucketSkills(open: (request: BucketRequest) => Side): {
  skills: Skills;
  close(): Promise<void>;
} {
  let opened: Side | undefined;
  let kept: Promise<string> | undefined;
  const side = (request: BucketRequest): Side => {
    opened ??= open(request);
    return opened;
  };
  /** What is read is written once. */
  const once = (write: (prefix: string) => Promise<unknown>): Promise<string> => {
    kept ??= under(newPrefix(), write);
    return kept;
  };
  return {
    skills: {
      async objects(request) {
        const { act, count, bytes } = request;
        const { store, many } = side(request);
        const write = (prefix: string): Promise<unknown> => many.write({ prefix, count, bytes });
        if (act === 'write') return written(store, request, write);
        const prefix = await once(write);
        return timed(
          () => many.read({ prefix, count, bytes }),
          (right) => right / count,
        );
      },
      async stream(request) {
        const { act, bytes } = request;
        const { store } = side(request);
        const write = (prefix: string): Promise<unknown> => store.writeStream(`${prefix}0`, pieces(bytes));
        if (act === 'write') return written(store, { bytes, count: 1 }, write);
        const prefix = await once(write);
        return timed(
          async () => lengthOf(await store.readStream(`${prefix}0`)),
          (length) => length / bytes,
        );
      },
    },
    async close() {
      await opened?.store.close();
    },
  };
}

function newPrefix(): string {
  return `${randomUUID()}/`;
}

async function under(prefix: string, write: (prefix: string) => Promise<unknown>): Promise<string> {
  await write(prefix);
  return prefix;
}

/** Times the writing of new objects, and takes them away again. The answer is the share of them that is whole. */
async function written(
  store: Store,
  { count, bytes }: Pick<Objects, 'count' | 'bytes'>,
  write: (prefix: string) => Promise<unknown>,
): Promise<Reply> {
  const prefix = newPrefix();
  const { ms } = await timed(
    () => write(prefix),
    () => 0,
  );
  const found = await store.list(prefix);
  await store.remove(found.map(({ key }) => key));
  return { ms, answer: found.filter(({ size }) => size === bytes).length / count };
}

async function lengthOf(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of chunks) length += chunk.byteLength;
  return length;
}
