/** Module hooks that turn TypeScript into JavaScript, once for each content of a file. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const cache = new URL('../../.cache/typescript/', import.meta.url);

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!/^file:.*\.m?ts$/.test(url)) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const source = await readFile(path, 'utf8');
  return { format: 'module', source: await javaScriptOf(path, source), shortCircuit: true };
}

/**
 * @param {string} path
 * @param {string} source
 */
async function javaScriptOf(path, source) {
  const name = createHash('sha256').update(path).update('\0').update(source).digest('hex');
  const kept = new URL(`${name}.js`, cache);
  try {
    return await readFile(kept, 'utf8');
  } catch {
    const made = await transform(path, source);
    // Whole or not at all: others may be reading it, and other threads of this process making it.
    const draft = new URL(`${name}.${randomUUID()}.tmp`, cache);
    await mkdir(cache, { recursive: true });
    await writeFile(draft, made);
    await rename(draft, kept);
    return made;
  }
}

/**
 * @param {string} path
 * @param {string} source
 */
async function transform(path, source) {
  /** @type {typeof import('esbuild')} */
  const esbuild = createRequire(import.meta.url)('esbuild');
  const { code } = await esbuild.transform(source, {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcesContent: false,
    sourcefile: path,
  });
  return code;
}
