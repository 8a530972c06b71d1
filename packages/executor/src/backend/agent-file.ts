/**
 * Where the agent's one file is. A published package has it beside this module; in a checkout it is bundled from its
 * sources when it is first needed, so that no build stands between an edit and a test.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';

let found: string | undefined;

export function agentFile(): string {
  found ??= import.meta.url.endsWith('.ts')
    ? bundleSources()
    : fileURLToPath(new URL('../agent/main.mjs', import.meta.url));
  return found;
}

/** `<hash>/agent/main.mjs`, as the published package has it in `dist`. */
function bundleSources(): string {
  const entry = fileURLToPath(new URL('../agent/main.ts', import.meta.url));
  const esbuild = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const result = esbuild.buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['source'],
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  const text = result.outputFiles[0]!.contents;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const file = join(packageRoot(entry), 'node_modules', '.cache', 'built', hash, 'agent', 'main.mjs');
  placeBuilt(file, text);
  return file;
}

/** Several processes may do this at a time. */
export function placeBuilt(file: string, text: Uint8Array): void {
  if (existsSync(file) && readFileSync(file).equals(text)) return;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${threadId}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

function packageRoot(from: string): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
}
