import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** What a program loads, as Node lists it: modules of its own, and files of packages. */
async function loadedBy(program: string): Promise<string[]> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    external: [],
    conditions: ['source'],
    metafile: true,
    alias: {
      '@skein/codec': fileURLToPath(new URL('../../codec/src/index.ts', import.meta.url)),
      '@skein/closure/load': fileURLToPath(new URL('../src/load.ts', import.meta.url)),
    },
  });
  const report = 'console.log(JSON.stringify(process.moduleLoadList));';
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    `${outputFiles[0]!.text}\n${report}`,
  ]);
  return [...(JSON.parse(stdout) as string[]), ...outputFiles[0]!.text.matchAll(/from "([^"]+)"/g)].map(
    String,
  );
}

it('what a worker loads has no parser, no bundler and no inspector', async () => {
  const loaded = await loadedBy(
    `import { loadCode } from '@skein/closure/load'; globalThis.used = loadCode;`,
  );
  for (const heavy of [
    'acorn',
    'esbuild',
    'eslint-scope',
    'trace-mapping',
    'gen-mapping',
    'NativeModule inspector',
  ]) {
    expect(
      loaded.filter((name) => name === heavy || (heavy !== 'NativeModule inspector' && name.includes(heavy))),
    ).toEqual([]);
  }
});
