import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { provideRuntime } from '../../src/bundle/runtime-table.ts';
import type { Bundle } from '../../src/bundle/types.ts';
import type { BundleExports, ScriptRuntime } from '../../src/captured-code.ts';

/** Loads a bundle in this process, as a worker would whose copy of the root folder is `base`. */
export async function loadHere(bundle: Bundle, base: string): Promise<BundleExports> {
  const folder = mkdtempSync(path.join(tmpdir(), 'skein-bundle-'));
  try {
    const file = path.join(folder, `${bundle.hash}.mjs`);
    writeFileSync(file, bundle.code);
    const url = pathToFileURL(file).href;
    await provideRuntime(url, { externals: bundle.externals, base });
    return (await import(url)) as BundleExports;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The first unit of the first script, which takes nothing from the runtime. */
export async function firstUnit(bundle: Bundle, base: string): Promise<Function> {
  const { scripts } = await loadHere(bundle, base);
  const [make] = scripts[0]?.({} as ScriptRuntime).units ?? [];
  if (!make) throw new Error('the first script of the bundle has no unit');
  return make([])[0];
}
