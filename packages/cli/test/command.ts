import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, inject, onTestFinished } from 'vitest';
import type { Ended } from './skein.ts';

const main = new URL('../src/main.ts', import.meta.url).href;
const bin = fileURLToPath(new URL('../bin/skein.js', import.meta.url));

export interface Surroundings {
  readonly cwd: string;
  /** Over an environment without any configuration. */
  readonly env?: Readonly<Record<string, string>>;
  /** The standard input. */
  readonly input?: string;
}

/** What starts the command as its own process: what is built, or the sources. */
export const start: readonly string[] = inject('built')
  ? [bin]
  : [
      ...inject('nodeFlags'),
      '--input-type=module',
      '--eval',
      `import { main } from '${main}'; await main(process.argv.slice(1));`,
      '--',
    ];

/** Runs the command as a stranger would: nothing configured, a home of its own in `cwd`. */
export async function command({ cwd, env, input }: Surroundings, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [...start, ...args], {
    cwd,
    env: surroundings(cwd, env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(input);
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done([code, signal]));
  });
  const [[code, signal], stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, signal, stdout, stderr };
}

export function surroundings(cwd: string, env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:SKEIN_|XDG_|VITEST|NODE_OPTIONS|NO_COLOR|FORCE_COLOR|COLUMNS)/.test(name),
  );
  return { ...Object.fromEntries(kept), HOME: cwd, SKEIN_CACHE_DIRECTORY: join(cwd, 'caches'), ...env };
}

/** The one JSON document that the command printed. */
export function json({ stdout, stderr, code }: Ended): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`no JSON, code ${code}:\n${stdout}\n${stderr}`);
  }
}

/** A folder that ends with the test; outside the repo, so that no configuration is above it. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'skein-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A folder that ends with the file's tests. */
export function lastingFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'skein-cli-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
