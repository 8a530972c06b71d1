/** What is published can be imported: exports maps against the packed files, then publint and arethetypeswrong. */
import { readFile } from 'node:fs/promises';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root, run } from '../lib/command.mjs';
import { type Packed, packed, problemsOfAll } from './packages.ts';
import { CheckError, type Stage } from './stage.ts';

export const exportsMaps: Stage = {
  name: 'exports',
  claim: 'every subpath of every packed package leads to files and types that are there',
  async check() {
    const all = await packed();
    const problems = await problemsOfAll(all, async (one) => [
      ...(await missingFiles(one)),
      ...(await publintMessages(one)),
      ...(await wrongTypes(one)),
    ]);
    if (problems.length > 0) throw new CheckError(problems.join('\n'));
    const subpaths = all.reduce((sum, { manifest }) => sum + Object.keys(manifest.exports).length, 0);
    return { note: `${subpaths} subpaths of ${all.length} packages` };
  },
};

async function missingFiles({ manifest, tarball }: Packed): Promise<string[]> {
  const { stdout } = await run('tar', ['--list', '--gzip', '--file', tarball]);
  const files = new Set(stdout.split('\n').map((path) => path.replace(/^package\//, './')));
  return Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    Object.entries(typeof target === 'string' ? { default: target } : target)
      .filter(([, file]) => !files.has(file))
      .map(([condition, file]) => `${manifest.name} ${subpath}, ${condition}: ${file} is not in the package`),
  );
}

async function publintMessages({ manifest, tarball }: Packed): Promise<string[]> {
  const bytes = await readFile(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    level: 'warning',
  });
  return messages.map((message) => `${manifest.name}: ${formatMessage(message, pkg) ?? message.code}`);
}

async function wrongTypes({ manifest, tarball }: Packed): Promise<string[]> {
  try {
    await run(`${root}node_modules/.bin/attw`, [
      '--profile',
      'esm-only',
      '--format',
      'ascii',
      '--no-emoji',
      tarball,
    ]);
    return [];
  } catch (error) {
    return [`${manifest.name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
