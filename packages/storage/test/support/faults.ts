/** What a driver of a store in a network keeps when bodies are large, connections break, and servers freeze and die. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Storage } from '@skein/storage';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Server } from '../../../../tools/servers/server.ts';
import { type CuttingProxy, cuttingProxy } from './cutting-proxy.ts';

const MIB = 2 ** 20;

export interface FaultTarget {
  server(): Server & { readonly port: number };
  /** A store there, by the server's own port or by one that leads to it. Its driver takes parts of `partSize`. */
  open(options?: object, port?: number): Storage;
  readonly partSize: number;
  /** Of conditional writes, what its driver declares. */
  readonly ifNoneMatch: boolean;
  readonly ifMatch: boolean;
  /** A server that has been killed has lost what it held. */
  readonly forgets?: boolean;
  /** Tests, by name, that the server cannot pass, and why: for a property of that server, never for one of the driver. */
  readonly unkept?: Readonly<Record<string, string>>;
}

export function testFaults(target: FaultTarget): void {
  const { server, open, partSize, ifNoneMatch, ifMatch, forgets, unkept = {} } = target;
  let proxy: CuttingProxy;
  beforeAll(async () => {
    proxy = await cuttingProxy(server().port);
  });
  afterAll(() => proxy?.close());
  beforeEach((context) => {
    const reason = unkept[context.task.name];
    if (reason !== undefined) context.skip(reason);
  });
  const parts = { partSize, concurrency: 3 };

  describe('bodies in parts', () => {
    test('a stream of unknown length is stored in parts, and read by ranges', {
      timeout: 120_000,
    }, async () => {
      await using storage = open(parts);
      await storage.createBucket('parts');
      const details = { contentType: 'application/x-test', metadata: { kind: 'groß' } };
      const written = await storage.putObject('parts', 'large', countingMiB(66), details);
      expect(written.size).toBe(66 * MIB);
      const { info, body } = await storage.getObject('parts', 'large', { info: true });
      expect(info).toMatchObject({ ...written, ...details });
      for (let i = 0; i < 66; i++)
        expect(body.subarray(i * MIB, (i + 1) * MIB).every((byte) => byte === i)).toBe(true);
      let at = 0;
      for await (const chunk of await storage.getObject('parts', 'large', { stream: true })) {
        expect(Buffer.compare(chunk, body.subarray(at, at + chunk.length))).toBe(0);
        at += chunk.length;
      }
      expect(at).toBe(written.size);
      const range = { start: 7 * MIB - 3, end: 40 * MIB };
      const some = await storage.getObject('parts', 'large', { range });
      expect(some.equals(body.subarray(range.start, range.end + 1))).toBe(true);
      expect((await storage.getObject('parts', 'large', { range: { suffix: 9 * MIB } })).length).toBe(
        9 * MIB,
      );
      for await (const entry of storage.listObjects('parts')) expect(entry).toMatchObject(written);
      await storage.deleteObject('parts', 'large');
      await storage.deleteBucket('parts');
    });

    test('a long stream takes the memory of its parts under way', { timeout: 120_000 }, async () => {
      await using storage = open(parts);
      await storage.createBucket('memory');
      const before = heldBytes();
      let most = 0;
      const watch = (): void => {
        most = Math.max(most, heldBytes() - before);
      };
      await storage.putObject('memory', 'long', countingMiB(96, watch));
      // Those under way, the one that is filled, and what a copy of one may take for a moment.
      expect(most).toBeLessThan((parts.concurrency + 3) * partSize + 16 * MIB);
      most = 0;
      let read = 0;
      for await (const chunk of await storage.getObject('memory', 'long', { stream: true })) {
        const before = read;
        read += chunk.length;
        if (Math.floor(before / (8 * MIB)) !== Math.floor(read / (8 * MIB))) watch();
      }
      expect(read).toBe(96 * MIB);
      expect(most).toBeLessThan((parts.concurrency + 3) * partSize + 16 * MIB);
    });

    test.runIf(ifNoneMatch)(
      'a condition holds for an object of parts too, and what was sent is taken back',
      async () => {
        await using storage = open(parts);
        await storage.createBucket('conditional');
        const body = Buffer.alloc(2 * partSize + 1);
        await storage.putObject('conditional', 'new', body, { ifNoneMatch: '*' });
        await storage.putObject('conditional', 'a', 'kept');
        const refused = { code: 'precondition-failed' };
        await expect(storage.putObject('conditional', 'a', body, { ifNoneMatch: '*' })).rejects.toMatchObject(
          refused,
        );
        expect(String(await storage.getObject('conditional', 'a'))).toBe('kept');
        if (!ifMatch) return;
        const { etag } = await storage.headObject('conditional', 'a');
        await storage.putObject('conditional', 'a', body, { ifMatch: etag });
        await expect(storage.putObject('conditional', 'a', body, { ifMatch: etag })).rejects.toMatchObject(
          refused,
        );
      },
    );

    test('an object that is replaced while it is read is what it was, or an error, not a mixture', async () => {
      await using storage = open({ partSize, concurrency: 1 });
      await storage.createBucket('replaced');
      await storage.putObject('replaced', 'a', Buffer.alloc(4 * partSize, 1));
      const reading = await storage.getObject('replaced', 'a', { stream: true });
      await storage.putObject('replaced', 'a', Buffer.alloc(4 * partSize, 2));
      expect(await bytesBefore(reading, { code: 'changed', bucket: 'replaced', key: 'a' })).toBeOneOf([
        4 * partSize,
        undefined,
      ]);
    });
  });

  describe('connections that break', () => {
    test.runIf(ifNoneMatch)(
      'a conditional write whose answer is lost is not taken for a lost race',
      async () => {
        await using storage = open(parts, proxy.port);
        await storage.createBucket('answers');
        proxy.dropAnswers(1);
        const { etag, size } = await storage.putObject('answers', 'a', 'mine', { ifNoneMatch: '*' });
        expect(size).toBe(4);
        if (ifMatch) {
          proxy.dropAnswers(1);
          await storage.putObject('answers', 'a', 'mine too', { ifMatch: etag });
        }
        const { info, body } = await storage.getObject('answers', 'a', { info: true });
        expect([String(body), info.metadata]).toEqual([ifMatch ? 'mine too' : 'mine', {}]);
      },
    );

    test.each([
      ['plain', {}],
      ...(ifNoneMatch ? ([['conditional', { ifNoneMatch: '*' }]] as const) : []),
    ] as const)('an upload in parts whose last answer is lost has succeeded: %s', async (name, condition) => {
      await using storage = open({ partSize, concurrency: 1 }, proxy.port);
      await storage.createBucket('last-answers');
      const source = async function* (): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < 3; i++) yield Buffer.alloc(partSize, i);
        // All parts are there; the next request makes the object.
        proxy.dropAnswers(1);
      };
      const { size, etag } = await storage.putObject('last-answers', name, source(), condition);
      expect(size).toBe(3 * partSize);
      expect(await storage.headObject('last-answers', name)).toMatchObject({ size, etag, metadata: {} });
    });

    test('an upload in parts whose connections are cut arrives whole', async () => {
      await using storage = open(parts, proxy.port);
      await storage.createBucket('cut');
      const source = countingMiB(40, (i) => {
        if (i === 20) proxy.cut();
      });
      await storage.putObject('cut', 'a', source);
      const body = await open(parts).getObject('cut', 'a');
      expect(body.length).toBe(40 * MIB);
      for (let i = 0; i < 40; i++) expect(body[i * MIB]).toBe(i);
    });

    test('a download whose connections are cut is whole', async () => {
      await using storage = open(parts, proxy.port);
      await storage.createBucket('cut-reads');
      const bytes = Buffer.alloc(40 * MIB, 'skein');
      await storage.putObject('cut-reads', 'a', bytes);
      const chunks: Buffer[] = [];
      let cuts = 0;
      let cutAt = 0;
      let read = 0;
      for await (const chunk of await storage.getObject('cut-reads', 'a', { stream: true })) {
        chunks.push(chunk);
        read += chunk.length;
        if (cuts === 3 || read < cutAt) continue;
        proxy.cut();
        cuts++;
        cutAt = read + 10 * MIB;
      }
      expect(bytes.equals(Buffer.concat(chunks))).toBe(true);
      expect(cuts).toBe(3);
    });
  });

  describe('servers that fail', () => {
    test('a frozen server ends by the timeout, and a signal ends at once', async () => {
      await using storage = open({ timeoutMs: 1_000, attempts: 1 });
      await storage.createBucket('frozen');
      await storage.putObject('frozen', 'a', 'x');
      await server().freeze();
      try {
        const silent = { code: 'io', retryable: true };
        await expect(storage.getObject('frozen', 'a')).rejects.toMatchObject(silent);
        await expect(storage.putObject('frozen', 'b', 'x')).rejects.toMatchObject(silent);
        const controller = new AbortController();
        const reading = storage.getObject('frozen', 'a', { signal: controller.signal });
        controller.abort(new Error('enough'));
        await expect(reading).rejects.toThrow('enough');
      } finally {
        server().thaw();
      }
      expect(String(await open().getObject('frozen', 'a'))).toBe('x');
    });

    test('a server that dies in the middle is an error of the network, and one that is back is used again', {
      timeout: 120_000,
    }, async () => {
      await using storage = open({ ...parts, attempts: 2 });
      await storage.createBucket('gone');
      await storage.putObject('gone', 'a', Buffer.alloc(6 * partSize, 'x'));
      const reading = await storage.getObject('gone', 'a', { stream: true });
      await reading[Symbol.asyncIterator]().next();
      let killed: Promise<void> | undefined;
      const source = countingMiB(60, async (i) => {
        if (i !== 20) return;
        killed = server().kill();
        await killed;
      });
      await expect(storage.putObject('gone', 'new', source)).rejects.toMatchObject({ code: 'io' });
      expect(killed).toBeDefined();
      await killed; // the write may hear of it first
      await expect(reading.toArray()).rejects.toMatchObject({ code: 'io' });
      await server().restart();
      await using after = open(parts);
      if (forgets) {
        await after.createBucket('gone');
        await after.putObject('gone', 'a', Buffer.alloc(6 * partSize, 'x'));
      }
      expect((await after.getObject('gone', 'a')).length).toBe(6 * partSize);
      await expect(after.headObject('gone', 'new')).rejects.toMatchObject({ code: 'no-such-key' });
    });
  });
}

/** So many MiB, each full of its number, from one piece of memory that is used again. */
async function* countingMiB(
  count: number,
  before?: (index: number) => void | Promise<void>,
): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(MIB);
  for (let i = 0; i < count; i++) {
    await before?.(i);
    yield chunk.fill(i);
  }
}

let collect: (() => void) | undefined;

/** Bytes of buffers that something still holds. */
function heldBytes(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** How many bytes came, all of them 1; undefined when this error did. */
async function bytesBefore(
  reading: AsyncIterable<Uint8Array>,
  expected: object,
): Promise<number | undefined> {
  let bytes = 0;
  try {
    for await (const chunk of reading) {
      expect(chunk.every((byte) => byte === 1)).toBe(true);
      bytes += chunk.byteLength;
    }
    return bytes;
  } catch (error) {
    expect(error).toMatchObject(expected);
    return undefined;
  }
}
