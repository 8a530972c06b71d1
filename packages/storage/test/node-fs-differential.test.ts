/** The same operations on a disk and on buckets: what comes back, which errors, and what is there in the end. */
import { constants, mkdtempSync, rmSync } from 'node:fs';
import * as disk from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Storage } from '@skein/storage';
import { nodeFs } from '@skein/storage/node-fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { serverForTests } from '../../../tools/servers/for-tests.ts';
import { findRedis, startRedis } from '../../../tools/servers/redis.ts';
import { findVersitygw, startVersitygw } from '../../../tools/servers/versitygw.ts';

type Fs = Pick<
  typeof disk,
  | 'readFile'
  | 'writeFile'
  | 'appendFile'
  | 'readdir'
  | 'stat'
  | 'access'
  | 'mkdir'
  | 'rmdir'
  | 'rm'
  | 'unlink'
  | 'rename'
  | 'copyFile'
  | 'cp'
  | 'truncate'
  | 'open'
  | 'opendir'
>;

/** One operation; its result is compared, with paths below the root of each file system. */
interface Step {
  readonly name: string;
  run(fs: Fs, at: (path: string) => string): Promise<unknown>;
  toString(): string;
}

const root = mkdtempSync(join(tmpdir(), 'skein-node-fs-'));
afterAll(() => rmSync(root, { recursive: true }));

const name = fc.constantFrom('a', 'b', 'c.txt', 'a b');
// Not with '..': a disk asks whether 'a' is there before it takes 'a/../b' for 'b', a view goes by the text.
const path = fc
  .tuple(
    fc.constantFrom('', '', '', './', '/'),
    fc.array(name, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('/', '/', '/', '//', '/./'),
    fc.constantFrom('', '', '', '', '', '/'),
  )
  .map(([head, names, slash, tail]) => head + names.join(slash) + tail);
const text = fc.string({ maxLength: 20, unit: 'binary' });
const flag = fc.constantFrom('w', 'wx', 'a', 'ax', 'r+', 'w+', 'a+');
const position = fc.option(fc.nat(12), { nil: null });
const quoted = JSON.stringify;

const step = (name: string, run: Step['run']): Step => ({ name, run, toString: () => name });

const one: fc.Arbitrary<Step> = fc.oneof(
  path.map((p) => step(`readFile(${quoted(p)})`, (fs, at) => fs.readFile(at(p), 'utf8'))),
  fc
    .tuple(path, text, flag)
    .map(([p, data, f]) =>
      step(`writeFile(${quoted(p)}, ${quoted(data)}, '${f}')`, (fs, at) =>
        fs.writeFile(at(p), data, { flag: f }),
      ),
    ),
  fc
    .tuple(path, text)
    .map(([p, data]) =>
      step(`appendFile(${quoted(p)}, ${quoted(data)})`, (fs, at) => fs.appendFile(at(p), data)),
    ),
  fc.tuple(path, fc.boolean()).map(([p, recursive]) =>
    step(`readdir(${quoted(p)}, ${recursive})`, async (fs, at) => {
      const found = await fs.readdir(at(p), { recursive, withFileTypes: true });
      const names = found.map(
        (one) => `${relative(at('.'), join(one.parentPath, one.name))} ${one.isDirectory()}`,
      );
      expect((await fs.readdir(at(p), { recursive })).length).toBe(names.length);
      return names.sort();
    }),
  ),
  path.map((p) =>
    step(`opendir(${quoted(p)})`, async (fs, at) => {
      const names: string[] = [];
      for await (const entry of await fs.opendir(at(p))) names.push(entry.name);
      return names.sort();
    }),
  ),
  path.map((p) =>
    step(`stat(${quoted(p)})`, async (fs, at) => {
      const found = await fs.stat(at(p));
      return [found.isFile(), found.isDirectory(), found.isFile() && found.size];
    }),
  ),
  fc
    .tuple(path, fc.constantFrom(constants.F_OK, constants.R_OK, constants.W_OK))
    .map(([p, mode]) => step(`access(${quoted(p)}, ${mode})`, (fs, at) => fs.access(at(p), mode))),
  fc.tuple(path, fc.boolean()).map(([p, recursive]) =>
    step(`mkdir(${quoted(p)}, ${recursive})`, async (fs, at) => {
      const first = await fs.mkdir(at(p), { recursive });
      return first === undefined ? undefined : relative(at('.'), first);
    }),
  ),
  path.map((p) => step(`rmdir(${quoted(p)})`, (fs, at) => fs.rmdir(at(p)))),
  fc
    .tuple(path, fc.boolean(), fc.boolean())
    .map(([p, recursive, force]) =>
      step(`rm(${quoted(p)}, ${recursive}, ${force})`, (fs, at) => fs.rm(at(p), { recursive, force })),
    ),
  path.map((p) => step(`unlink(${quoted(p)})`, (fs, at) => fs.unlink(at(p)))),
  fc
    .tuple(path, path)
    .map(([p, q]) => step(`rename(${quoted(p)}, ${quoted(q)})`, (fs, at) => fs.rename(at(p), at(q)))),
  fc.tuple(path, path, fc.constantFrom(0, constants.COPYFILE_EXCL)).map(([p, q, mode]) =>
    step(`copyFile(${quoted(p)}, ${quoted(q)}, ${mode})`, async (fs, at) => {
      // A directory as the source: Node removes what was at the destination, which is not to be imitated.
      if ((await fs.stat(at(p)).catch(() => undefined))?.isDirectory()) return;
      await fs.copyFile(at(p), at(q), mode);
    }),
  ),
  fc
    .tuple(path, path, fc.boolean(), fc.boolean(), fc.boolean())
    .map(([p, q, recursive, force, errorOnExist]) =>
      step(`cp(${quoted(p)}, ${quoted(q)}, ${recursive}, ${force}, ${errorOnExist})`, async (fs, at) => {
        // Node looks at both at once; of two errors either may come first. Before it says that it copies no directory, it
        // makes one around the destination, which is not to be imitated.
        if ((await fs.stat(at(p))).isDirectory() && !recursive) return;
        await fs.cp(at(p), at(q), { recursive, force, errorOnExist });
      }),
    ),
  fc
    .tuple(path, fc.integer({ min: -1, max: 30 }))
    .map(([p, size]) => step(`truncate(${quoted(p)}, ${size})`, (fs, at) => fs.truncate(at(p), size))),
  fc
    .tuple(
      path,
      fc.constantFrom('r', 'r+', 'w', 'wx', 'w+', 'a+'),
      fc.array(
        fc.oneof(
          fc.record({ do: fc.constant('read' as const), length: fc.nat(12), position }),
          fc.record({ do: fc.constant('write' as const), data: text, position }),
          fc.record({ do: fc.constant('truncate' as const), size: fc.integer({ min: 20, max: 40 }) }),
          fc.record({ do: fc.constant('stat' as const) }),
          fc.record({ do: fc.constant('readFile' as const) }),
          fc.record({ do: fc.constant('writeFile' as const), data: text }),
        ),
        { maxLength: 6 },
      ),
    )
    .map(([p, flags, acts]) =>
      step(`open(${quoted(p)}, '${flags}') ${quoted(acts)}`, async (fs, at) => {
        const handle = await fs.open(at(p), flags);
        const results: unknown[] = [];
        try {
          for (const act of acts) {
            // Cutting what was there before an append is refused: it would need what others may add meanwhile.
            if (act.do === 'truncate' && flags === 'a+') continue;
            results.push(
              await outcome(async () => {
                if (act.do === 'read') {
                  const { bytesRead, buffer } = await handle.read(
                    Buffer.alloc(12),
                    0,
                    act.length,
                    act.position,
                  );
                  return buffer.toString('hex', 0, bytesRead);
                }
                if (act.do === 'write') return (await handle.write(act.data, act.position)).bytesWritten;
                if (act.do === 'truncate') return handle.truncate(act.size);
                if (act.do === 'writeFile') return handle.writeFile(act.data);
                if (act.do === 'stat') {
                  const stats = await handle.stat();
                  return stats.isFile() && stats.size;
                }
                return handle.readFile('hex');
              }),
            );
          }
        } finally {
          await handle.close();
        }
        return results;
      }),
    ),
);

async function outcome(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: await run() };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Anything without a code is no error of a file system, but a bug.
    if (code === undefined) throw error;
    return { code };
  }
}

/** All files with their content, and all directories. */
async function snapshot(fs: Fs, top: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await fs.readdir(top, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name);
    found[relative(top, full)] = entry.isDirectory() ? 'directory' : `file ${await fs.readFile(full, 'hex')}`;
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** How long to look: more, and elsewhere, by hand. */
const seed = Number(process.env['NODE_FS_SEED'] ?? 7);
const runs = Number(process.env['NODE_FS_RUNS'] ?? 150);

/** Claims it of one store. Those in a network are slower and behave no differently: a share of the runs is enough. */
function asOnADisk(kind: string, open: () => Storage, share = 1): void {
  test('any sequence of operations gives the same results, the same error codes and the same files', async () => {
    await using storage = open();
    await storage.createBucket('views');
    const parent = join(root, 'disk', kind);
    await disk.mkdir(parent, { recursive: true });
    let count = 0;
    const property = fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 25 }), async (steps) => {
      const top = join(parent, `${count}`);
      await disk.mkdir(top);
      const place = { bucket: 'views', prefix: `run/${count++}` };
      const view = nodeFs(storage, place);
      // A draft that outgrows memory after ten bytes is a file.
      const small = nodeFs(storage, { ...place, spoolBytes: 10 });
      for (const [i, { name, run }] of steps.entries()) {
        const expected = await outcome(() => run(disk, (path) => `${top}/${path}`));
        const found = await outcome(() => run(i % 2 ? view : small, (path) => `/${path}`));
        expect({ name, outcome: found }).toEqual({ name, outcome: expected });
      }
      expect(await snapshot(view, '/')).toEqual(await snapshot(disk, top));
      await disk.rm(top, { recursive: true });
      await nodeFs(storage, { bucket: 'views' }).rm('run', { recursive: true, force: true });
    });
    await fc.assert(property, { seed, numRuns: Math.ceil(runs * share) });
  }, 600_000);
}

describe('on memory, as on a disk', () => asOnADisk('memory', () => new Storage('memory:differential')));

describe('on fs, as on a disk', () =>
  asOnADisk('fs', () => new Storage({ kind: 'fs', root: join(root, 'buckets') })));

describe('on S3 (versitygw), as on a disk', () => {
  const server = serverForTests(findVersitygw, startVersitygw);
  const open = (): Storage => {
    const { endpoint, accessKeyId, secretAccessKey } = server();
    return new Storage({ kind: 's3', endpoint, accessKeyId, secretAccessKey });
  };
  asOnADisk('s3', open, 0.2);
});

describe('on Redis, as on a disk', () => {
  const server = serverForTests(findRedis, startRedis);
  asOnADisk('redis', () => new Storage({ kind: 'redis', port: server().port }), 0.2);
});
