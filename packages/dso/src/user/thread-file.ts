/**
 * Where the thread's program is. A published package has it beside this module; in a checkout it is bundled from its
 * sources when it is first needed, so that no build stands between an edit and a test.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';

let found: string | undefined;

export function threadFile(): string {
  found ??= import.meta.url.endsWith('.ts') ? bundleSources() : besideThis();
  return found;
}

function besideThis(): string {
  const file = fileURLToPath(new URL('./thread/main.js', import.meta.url));
  if (existsSync(file)) return file;
  throw new Error(
    `${file} is missing, which runs classes and functions of yours: @skein/dso was bundled into another file; ` +
      'leave it out of the bundle where shared objects are hosted (esbuild: --external:@skein/dso), or connect to a server',
  );
}

function bundleSources(): string {
  const entry = fileURLToPath(new URL('./thread/main.ts', import.meta.url));
  const esbuild = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const result = esbuild.buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['source'],
    external: ['@grpc/*'],
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  const text = result.outputFiles[0]!.contents;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const file = join(packageRoot(entry), 'node_modules', '.cache', 'built', hash, 'user-thread.mjs');
  if (existsSync(file)) return file;
  mkdirSync(dirname(file), { recursive: true });
  // Several processes may do this at a time.
  const draft = `${file}.${process.pid}.${threadId}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
  return file;
}

function packageRoot(from: string): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
}
