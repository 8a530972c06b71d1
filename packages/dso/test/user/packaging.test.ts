import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it('idle threads keep no process alive, and it leaves no files', async () => {
  const { stdout } = await run(process.execPath, [
    ...['--import', 'tsx', '--conditions=source'],
    here('./support/exits.ts'),
  ]);
  const { count, folder, existed } = JSON.parse(stdout) as {
    count: string;
    folder: string;
    existed: boolean;
  };
  expect({ count, existed, exists: existsSync(folder) }).toEqual({
    count: '1',
    existed: true,
    exists: false,
  });
});

it('bundled into one file it loads, and says what is missing when it is used', async () => {
  const { build } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const folder = await mkdtemp(join(tmpdir(), 'skein-single-'));
  try {
    const program = `
      import { shipCode } from ${JSON.stringify(here('../../src/user/ship.ts'))};
      import { UserHost } from ${JSON.stringify(here('../../src/user/user-host.ts'))};
      const host = new UserHost();
      const task = { kind: 'each', code: { kind: 'preloaded', name: 'f' }, calls: [[]] };
      const outcomes = await Promise.all([host.run(task), host.run(task), host.run(task)]);
      const error = await shipCode(() => 1).catch((reason) => reason);
      console.log(JSON.stringify([...outcomes.map(({ code, message }) => code + ' ' + message), error.message]));
    `;
    const file = join(folder, 'single.mjs');
    await build({
      stdin: { contents: program, resolveDir: here('.') },
      bundle: true,
      outfile: file,
      platform: 'node',
      format: 'esm',
      conditions: ['source'],
    });
    // NODE_PATH would show it what is installed here.
    const { stdout } = await run(process.execPath, [file], { cwd: folder, env: {} });
    const [first, , third, shipping] = JSON.parse(stdout) as string[];
    expect(first).toMatch(/^crashed the function f did not run: .* leave it out of the bundle/);
    expect(third).toBe(first);
    expect(shipping).toContain('npm install @skein/closure');
  } finally {
    await rm(folder, { recursive: true });
  }
});
