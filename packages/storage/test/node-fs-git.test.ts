/** A program of others, written for node:fs, that knows nothing of buckets: a git repository with its working tree in one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import * as disk from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@skein/storage';
import { type NodeFs, nodeFs } from '@skein/storage/node-fs';
import * as git from 'isomorphic-git';
import { afterAll, expect, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'skein-node-fs-git-'));
afterAll(() => rmSync(root, { recursive: true }));

const author = { name: 'A', email: 'a@example.org', timestamp: 1_700_000_000, timezoneOffset: 0 };

/** Some commits on two branches, a merge, and a checkout of what was. Gives the last commit's name. */
async function work(fs: NodeFs | typeof disk, dir: string): Promise<string> {
  const repo = { fs: { promises: fs } as never, dir };
  await git.init({ ...repo, defaultBranch: 'main' });
  await fs.mkdir(`${dir}/src`, { recursive: true });
  await fs.writeFile(`${dir}/README.md`, '# One\n');
  await fs.writeFile(`${dir}/src/a.ts`, 'export const a = 1;\n');
  await git.add({ ...repo, filepath: '.' });
  const first = await git.commit({ ...repo, message: 'First', author });
  await git.branch({ ...repo, ref: 'side', checkout: true });
  await fs.writeFile(`${dir}/src/b.ts`, 'export const b = 2;\n');
  await git.add({ ...repo, filepath: 'src/b.ts' });
  await git.commit({ ...repo, message: 'Second', author });
  await git.checkout({ ...repo, ref: 'main' });
  expect(await fs.readdir(`${dir}/src`)).toEqual(['a.ts']);
  await fs.appendFile(`${dir}/README.md`, 'More.\n');
  expect(await git.status({ ...repo, filepath: 'README.md' })).toBe('*modified');
  await git.add({ ...repo, filepath: 'README.md' });
  await git.commit({ ...repo, message: 'Third', author });
  await git.merge({ ...repo, ours: 'main', theirs: 'side', author });
  await git.checkout({ ...repo, ref: 'main' });
  const messages = new Set((await git.log(repo)).map(({ commit }) => commit.message.trim()));
  expect(messages).toEqual(new Set(['First', 'Second', 'Third', "Merge branch 'side' into main"]));
  expect(await git.statusMatrix(repo)).toEqual([
    ['README.md', 1, 1, 1],
    ['src/a.ts', 1, 1, 1],
    ['src/b.ts', 1, 1, 1],
  ]);
  await git.checkout({ ...repo, ref: first });
  expect(await fs.readFile(`${dir}/README.md`, 'utf8')).toBe('# One\n');
  await git.checkout({ ...repo, ref: 'main' });
  return git.resolveRef({ ...repo, ref: 'main' });
}

test.each([
  ['memory', () => new Storage('memory:git')],
  ['fs', () => new Storage({ kind: 'fs', root: join(root, 'buckets') })],
])(
  'isomorphic-git does in a bucket (%s) what it does on a disk',
  async (kind, open) => {
    const storage = open();
    await storage.createBucket('b');
    const onDisk = join(root, kind);
    await disk.mkdir(onDisk);
    const view = nodeFs(storage, { bucket: 'b', prefix: 'repo' });
    expect(await work(view, '/')).toBe(await work(disk, onDisk));
  },
  120_000,
);

test('what it wrote is a repository that git itself reads, once it is copied to a disk', async () => {
  const storage = new Storage('memory:git-out');
  await storage.createBucket('b');
  const view = nodeFs(storage, { bucket: 'b' });
  const head = await work(view, '/repo');
  const out = join(root, 'out');
  for (const entry of await view.readdir('/repo', { recursive: true, withFileTypes: true })) {
    const path = join(out, entry.parentPath, entry.name);
    if (entry.isDirectory()) await disk.mkdir(path, { recursive: true });
    else {
      await disk.mkdir(join(out, entry.parentPath), { recursive: true });
      await disk.writeFile(path, view.createReadStream(join(entry.parentPath, entry.name)));
    }
  }
  const run = (...args: string[]): string =>
    execFileSync('git', ['-C', join(out, 'repo'), ...args], { encoding: 'utf8' }).trim();
  expect(run('rev-parse', 'main')).toBe(head);
  expect(run('fsck', '--strict')).toBe('');
  expect(run('log', '--format=%s', '-1', 'side')).toBe('Second');
});
