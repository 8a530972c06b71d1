/** A program that is bundled by its author. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test('a bundler has nothing to say about the package', async () => {
  const { warnings, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  // Whatever travels is loaded with it, by its own name.
  for (const name of ['ListProxy', 'SharedAttributes', 'Meeting', 'Connection', 'SimpleQueue'])
    expect(outputFiles[0]!.text).toMatch(new RegExp(`travels\\(\\s*"${name}"`));
});
