/**
 * Packages are cherry-picked: each is installed from its tarball into an empty project, where nothing else of
 * the repo can be found, and must import at every subpath and run the program that its README opens with.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { run } from '../lib/command.mjs';
import { pinnedPnpm } from '../lib/install.mjs';
import { type Packed, packed, problemsOfAll } from './packages.ts';
import { firstProgram, type Program } from './readme.ts';
import { CheckError, type Stage } from './stage.ts';

export const alone: Stage = {
  name: 'alone',
  claim:
    'each package, packed, works in an empty project: every subpath, and the first program of its README',
  async check() {
    const all = await packed();
    const base = await mkdtemp(join(tmpdir(), 'skein-alone-'));
    try {
      const problems = await problemsOfAll(all, (one) => problemsOf(one, all, base));
      if (problems.length > 0) throw new CheckError(problems.join('\n'));
    } finally {
      await rm(base, { recursive: true, force: true });
    }
    return { note: `${all.length} packages, each with its README's program` };
  },
};

async function problemsOf(one: Packed, all: readonly Packed[], base: string): Promise<string[]> {
  const { name } = one.manifest;
  try {
    const program = firstProgram(await readFile(join(one.folder, 'README.md'), 'utf8'));
    if (program === undefined) return [`${name}: its README opens with no program`];
    const project = join(base, one.short);
    await installAlone(project, one, program, all);
    await importEverySubpath(project, one);
    await runProgram(project, program);
    return [];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** By pnpm, because its node_modules is strict: a dependency that is used but not declared is not found. */
async function installAlone(
  project: string,
  one: Packed,
  program: Program,
  all: readonly Packed[],
): Promise<void> {
  const tarballs = Object.fromEntries(all.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
  const wanted = [one.manifest.name, ...program.imports];
  const dependencies = Object.fromEntries(wanted.map((name) => [name, tarballs[name]]));
  await mkdir(project);
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies, pnpm: { overrides: tarballs } }),
  );
  const args = ['install', '--ignore-workspace', '--prefer-offline', '--reporter=append-only'];
  await run('npx', ['--yes', pinnedPnpm(), ...args], { cwd: project });
}

async function importEverySubpath(project: string, { manifest }: Packed): Promise<void> {
  const specifiers = Object.keys(manifest.exports)
    .filter((subpath) => !subpath.endsWith('.json'))
    .map((subpath) => manifest.name + subpath.slice(1));
  const source = specifiers.map((specifier) => `await import('${specifier}');`).join('\n');
  await writeFile(join(project, 'imports.mjs'), source);
  await run(process.execPath, ['imports.mjs'], { cwd: project });
}

/** Lowered to what plain Node 20 reads: `await using` and types are gone, the rest is as it stands. */
async function runProgram(project: string, { source, expected }: Program): Promise<void> {
  const { code } = await transform(source, {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile: 'program.ts',
  });
  await writeFile(join(project, 'program.mjs'), code);
  const { stdout, stderr } = await run(process.execPath, ['program.mjs'], { cwd: project });
  if (stderr !== '') throw new CheckError(`its README's program says on stderr:\n${stderr}`);
  if (stdout === '') throw new CheckError("its README's program prints nothing");
  if (expected !== undefined && stdout.trimEnd() !== expected.join('\n')) {
    throw new CheckError(`its README's program prints\n${stdout}instead of\n${expected.join('\n')}`);
  }
}
