/**
 * Programs of Debian's packages, unpacked into a folder of their own: that needs no rights, starts nothing, and changes
 * nothing of the system. What the system has already, such as libraries, is not fetched again.
 */
import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../lib/command.mjs';
import { installOnce } from './install-once.ts';

/**
 * Fetches packages with all that they need and is not installed, and unpacks them into `folder`, unless it is there.
 *
 * @throws whatever hindered that: there is no apt, no network, no such package
 */
export async function unpackDebian(packages: readonly string[], folder: string): Promise<void> {
  await installOnce(folder, async (draft) => {
    await access('/etc/debian_version');
    const work = join(draft, 'apt');
    const archives = join(work, 'cache/archives');
    const own = [`Dir::State=${work}/state`, `Dir::Cache=${work}/cache`, 'APT::Sandbox::User='];
    // Its own folders need no lock, and those of the system may be locked by others.
    const options = [...own, 'Debug::NoLocking=1'].flatMap((option) => ['-o', option]);
    await mkdir(join(work, 'state/lists/partial'), { recursive: true });
    await mkdir(join(archives, 'partial'), { recursive: true });
    await run('apt-get', [...options, 'update']);
    await run('apt-get', [
      ...options,
      'install',
      '--yes',
      '--download-only',
      '--no-install-recommends',
      ...packages,
    ]);
    for (const file of await readdir(archives)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['--extract', join(archives, file), draft]);
    }
    await rm(work, { recursive: true });
  });
}

/** The environment in which programs of an unpacked folder find their libraries. */
export async function environmentOf(folder: string): Promise<NodeJS.ProcessEnv> {
  const library = join(folder, 'usr/lib');
  const names = await readdir(library).catch(() => []);
  const places = [
    library,
    ...names.filter((name) => name.includes('-linux-')).map((name) => join(library, name)),
  ];
  const { LD_LIBRARY_PATH } = process.env;
  const paths = LD_LIBRARY_PATH === undefined ? places : [...places, LD_LIBRARY_PATH];
  return { ...process.env, LD_LIBRARY_PATH: paths.join(':') };
}
