import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';

/** What bundling loads and starts, seen from outside: each claim in a process of its own. */
const here = fileURLToPath(new URL('..', import.meta.url));
const library = path.join(here, '.cache/bundler-process/library.mjs');

beforeAll(async () => {
  await build({
    stdin: {
      contents: `export { bundle } from './src/bundle/bundle.ts';
        export { stopBundler } from './src/bundle/service.ts';
        export { codeOf, scriptOf } from './test/support/captured-code.ts';`,
      resolveDir: here,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: library,
    external: ['esbuild', '@jridgewell/*'],
  });
});

const prologue = `
  import { createRequire } from 'node:module';
  const { bundle, stopBundler, codeOf, scriptOf } = await import(${JSON.stringify(pathToFileURL(library).href)});
  const factory = '(skein$) => ({ units: [(before) => [() => 1, () => {}]], imports: {} })';
  const file = ${JSON.stringify(path.join(here, 'test/main.mjs'))};
  const plain = codeOf([scriptOf(file, '', factory)]);
  const importing = codeOf([scriptOf(file, 'import { chunk } from "lodash-es";\\n', factory.replace('1,', 'chunk,'))]);
  const loaded = () => Object.keys(createRequire(file).cache).filter((name) => /node_modules/.test(name));
`;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
function start(program: string): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', prologue + program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}
const run = async (program: string): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    prologue + program,
  ]);
  return JSON.parse(stdout);
};

/** Processes whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] === String(pid);
      } catch {
        return false; // ended while we looked
      }
    })
    .map(Number);
}
const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('the bundler', () => {
  test('is not loaded for code without imports, and is for code with them', async () => {
    const result = await run(`
      const started = performance.now();
      await bundle(plain);
      const firstMs = performance.now() - started;
      const before = loaded();
      await bundle(importing);
      console.log(JSON.stringify({ before, after: loaded().length, firstMs }));
    `);
    expect(result).toMatchObject({ before: [], firstMs: expect.any(Number) });
    expect((result as { firstMs: number }).firstMs).toBeLessThan(60);
  });

  test('does not keep a process alive', async () => {
    const child = start(`await bundle(importing); console.log('bundled');`);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')('ends with the process, even when that is killed', async () => {
    const child = start(`await bundle(importing); console.log('bundled'); setInterval(() => {}, 1000);`);
    await once(child.stdout!, 'data');
    const bundlers = childrenOf(child.pid!);
    expect(bundlers).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // It ends when it finds its stdin closed: soon, but nobody tells us when.
    await expect.poll(() => bundlers.filter(isAlive), { timeout: 5_000 }).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux')('ends when told to, and starts again', async () => {
    const child = start(`
      await bundle(importing); await stopBundler(); console.log('stopped');
      const again = codeOf([scriptOf(file, 'import { sum } from "lodash-es";\\n', factory.replace('1,', 'sum,'))]);
      const { code } = await bundle(again);
      console.log(code.includes('function sum(') ? 'bundled again' : code);
    `);
    const texts: string[] = [];
    child.stdout!.setEncoding('utf8').on('data', (text: string) => texts.push(text));
    await once(child, 'exit');
    expect(texts.join('')).toBe('stopped\nbundled again\n');
  });
});
