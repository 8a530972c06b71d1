/** What docs/node-fs.md says that operations cost. */
import { Storage, type StorageDriver } from '@skein/storage';
import { memoryDriver } from '@skein/storage/memory';
import { type NodeFs, nodeFs } from '@skein/storage/node-fs';
import { beforeEach, expect, test } from 'vitest';

type Request = 'head' | 'list' | 'get' | 'put' | 'delete';
const REQUESTS: readonly string[] = ['head', 'list', 'get', 'put', 'delete'] satisfies Request[];

let asked: string[] = [];
const counted = new Proxy(memoryDriver({ name: 'requests' }), {
  get(driver, name: keyof StorageDriver) {
    const value = driver[name];
    if (!REQUESTS.includes(name) || typeof value !== 'function') return value;
    return (...args: unknown[]) => {
      asked.push(name);
      return Reflect.apply(value, driver, args);
    };
  },
});
const storage = new Storage(counted);
const fs = nodeFs(storage, { bucket: 'b' });
const unchecked = nodeFs(storage, { bucket: 'b', checkWrites: false });

beforeEach(async () => {
  await storage.createBucket('b');
  await fs.rm('d', { recursive: true, force: true });
  await fs.rm('n', { recursive: true, force: true });
  await fs.mkdir('d');
  await fs.writeFile('d/a', 'content');
  await fs.writeFile('d/b', 'content');
  await storage.putObject('b', 'implied/x', '');
});

const cases: [string, (fs: NodeFs) => Promise<unknown>, string, string?][] = [
  ['readFile', (fs) => fs.readFile('d/a'), 'get'],
  ['writeFile', (fs) => fs.writeFile('d/a', 'x'), 'head list put', 'put'],
  [
    'writeFile in a directory without a marker',
    (fs) => fs.writeFile('implied/a', 'x'),
    'head list list put',
    'put',
  ],
  ['writeFile wx', (fs) => fs.writeFile('d/new', 'x', { flag: 'wx' }), 'head list put', 'put'],
  ['appendFile', (fs) => fs.appendFile('d/a', 'x'), 'get put'],
  ['truncate', (fs) => fs.truncate('d/a', 3), 'get get put'],
  ['stat of a file', (fs) => fs.stat('d/a'), 'head'],
  ['stat of a directory', (fs) => fs.stat('d'), 'head list'],
  ['exists of a file', (fs) => fs.exists('d/a'), 'head'],
  ['exists of nothing', (fs) => fs.exists('d/none'), 'head list'],
  ['readdir', (fs) => fs.readdir('d'), 'list'],
  ['readdir recursive', (fs) => fs.readdir('d', { recursive: true }), 'list'],
  ['mkdir', (fs) => fs.mkdir('d/new'), 'head head list put', 'head list put'],
  [
    'mkdir recursive',
    (fs) => fs.mkdir('d/x/y', { recursive: true }),
    'head head head head head list list put put',
  ],
  ['mkdir recursive of what is there', (fs) => fs.mkdir('d', { recursive: true }), 'head'],
  ['unlink', (fs) => fs.unlink('d/a'), 'delete head'],
  ['rm', (fs) => fs.rm('d/a'), 'delete head'],
  ['rm recursive', (fs) => fs.rm('d', { recursive: true }), 'delete head list list'],
  ['copyFile', (fs) => fs.copyFile('d/a', 'd/c'), 'get head head list put', 'get head put'],
  ['rename of a file', (fs) => fs.rename('d/a', 'd/c'), 'delete get head head head list put'],
  [
    'rename of a directory of three objects',
    (fs) => fs.rename('d', 'n'),
    'delete delete delete get get get head head head head head list list list list put put put',
  ],
  ['createReadStream', (fs) => fs.createReadStream('d/a').toArray(), 'get'],
  [
    'open and read in bits',
    async (fs) => {
      await using handle = await fs.open('d/a');
      for (let i = 0; i < 4; i++) await handle.read(Buffer.alloc(2));
    },
    'get head',
  ],
  [
    'open to write',
    async (fs) => {
      await using handle = await fs.open('d/a', 'w');
      for (let i = 0; i < 4; i++) await handle.write('x');
    },
    'head list put',
    'put',
  ],
];

test.each(cases)('%s', async (_name, run, expected, withoutChecks) => {
  asked = [];
  await run(fs);
  expect(asked.sort().join(' ')).toBe(expected);
  if (withoutChecks === undefined) return;
  await fs.rm('d/new', { recursive: true, force: true });
  asked = [];
  await run(unchecked);
  expect(asked.sort().join(' ')).toBe(withoutChecks);
});
