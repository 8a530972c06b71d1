/** What every storage has to do for executors, tried on objects of the check's own. */
import { randomBytes } from 'node:crypto';
import type { Storage } from '@skein/storage';
import { bytes } from '../units.ts';
import { type Check, expect, Skipped } from './check.ts';

const bucket = 'skein';

/** A storage with a prefix that nobody else uses. */
export interface StorageSubject {
  readonly storage: Storage;
  readonly prefix: string;
}

export function storageSubject(storage: Storage): StorageSubject {
  return { storage, prefix: `test/${randomBytes(8).toString('hex')}/` };
}

const text = 'A function, and the values it touches, travel.';

const checks: readonly Check<StorageSubject>[] = [
  {
    name: 'put',
    claim: 'a bucket is made and an object written',
    advice: 'Look at the address of the storage, and whether this user may write there.',
    async run({ storage, prefix }) {
      const { size } = await storage.putObject(bucket, `${prefix}put`, text);
      expect(size === text.length, `${text.length} bytes were written, and the storage tells of ${size}`);
      return undefined;
    },
  },
  {
    name: 'get',
    claim: 'what was written is read, whole and by a stream',
    advice: 'Look whether this user may read there, and whether something between changes what passes.',
    async run({ storage, prefix }) {
      const body = randomBytes(2 ** 21);
      await storage.putObject(bucket, `${prefix}get`, body);
      const whole = await storage.getObject(bucket, `${prefix}get`);
      expect(whole.equals(body), 'the bytes that came back are not those that were written');
      const parts: Buffer[] = [];
      for await (const part of await storage.getObject(bucket, `${prefix}get`, { stream: true }))
        parts.push(part as Buffer);
      expect(Buffer.concat(parts).equals(body), 'the stream gave other bytes than were written');
      return `${bytes(body.length)} there and back`;
    },
  },
  {
    name: 'range',
    claim: 'a part of an object is read',
    advice: 'Use a storage, or a proxy before it, that understands ranges.',
    async run({ storage, prefix }) {
      await storage.putObject(bucket, `${prefix}range`, text);
      const part = await storage.getObject(bucket, `${prefix}range`, { range: { start: 2, end: 9 } });
      expect(part.toString() === text.slice(2, 10), `bytes 2 to 9 came as '${part}'`);
      return undefined;
    },
  },
  {
    name: 'list',
    claim: 'objects are listed as soon as they are written',
    advice: 'Look whether this user may list; executors find results by listing, so it has to be up to date.',
    async run({ storage, prefix }) {
      const keys = ['a', 'b', 'c/d'].map((name) => `${prefix}list/${name}`);
      for (const key of keys) await storage.putObject(bucket, key, text);
      const found: string[] = [];
      for await (const key of storage.listKeys(bucket, `${prefix}list/`)) found.push(key);
      expect(
        found.sort().join() === keys.join(),
        `${keys.length} objects were written, and ${found.length} listed`,
      );
      return undefined;
    },
  },
  {
    name: 'conditional',
    claim: 'of several writers that only create, one wins',
    advice:
      'The storage cannot be trusted to say who was first: use another one for locks and shared results.',
    async run({ storage, prefix }) {
      if (!(await storage.supports('if-none-match')))
        return new Skipped(`a ${storage.kind} storage has no conditional writes; jobs do not need them`);
      const writes = await Promise.allSettled(
        ['one', 'two', 'three', 'four'].map((writer) =>
          storage.putObject(bucket, `${prefix}conditional`, writer, { ifNoneMatch: '*' }),
        ),
      );
      const unexpected = writes.find(
        (write) => write.status === 'rejected' && codeOf(write.reason) !== 'precondition-failed',
      );
      if (unexpected?.status === 'rejected') throw unexpected.reason;
      const won = writes.filter(({ status }) => status === 'fulfilled').length;
      expect(won === 1, `${won} of 4 writers were told that they were the first`);
      return undefined;
    },
  },
  {
    name: 'delete',
    claim: 'what is deleted is gone',
    advice: 'Look whether this user may delete: otherwise temporary data stays.',
    async run({ storage, prefix }) {
      await storage.putObject(bucket, `${prefix}delete`, text);
      await storage.deleteObject(bucket, `${prefix}delete`);
      const gone = await storage.headObject(bucket, `${prefix}delete`).then(
        () => false,
        (error: unknown) => codeOf(error) === 'no-such-key' || Promise.reject(error),
      );
      expect(gone, 'an object that was deleted is still there');
      return undefined;
    },
  },
];

/** Each can be run alone: it makes the bucket itself. */
export const storageChecks: readonly Check<StorageSubject>[] = checks.map((check) => ({
  ...check,
  async run(subject) {
    await subject.storage.createBucket(bucket);
    return check.run(subject);
  },
}));

/** Nothing of a check stays, whatever came of it. */
export async function removeChecked({ storage, prefix }: StorageSubject): Promise<void> {
  const keys: string[] = [];
  for await (const key of storage.listKeys(bucket, prefix)) keys.push(key);
  await storage.deleteObjects(bucket, keys);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}
