import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile, skein, start } from './skein.ts';

let folder: string;

beforeAll(async () => {
  await compile();
  // Outside the repo: no package.json and no tsconfig.json above it, as for a stranger's first file.
  folder = await mkdtemp(join(tmpdir(), 'skein-run-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function program(name: string, source: string): Promise<string> {
  await writeFile(join(folder, name), source);
  return name;
}

describe('skein run', () => {
  test('a TypeScript program with enum, import and top-level await needs nothing set up', async () => {
    await program('double.ts', 'export const double = (n: number): number => 2 * n;');
    const file = await program(
      'hello.ts',
      `import { double } from './double.ts';
       enum Size { Small = 20, Large }
       const n: number = await Promise.resolve(double(Size.Large));
       console.log(n);`,
    );
    expect(await skein(folder, 'run', file)).toMatchObject({
      code: 0,
      stdout: '42\n',
      stderr: 'skein: no calls\n',
    });
  });

  test.each([
    ['hello.mjs', `import { double } from './double.ts'; console.log(double(21));`],
    ['hello.mts', `const answer: number = await Promise.resolve(42); console.log(answer);`],
    [
      'hello.cts',
      `const fs = require('node:fs'); const n: number = 42; console.log(n, fs.existsSync(__filename));`,
    ],
    ['hello.js', `const { sep } = require('node:path'); console.log(42, sep === '/');`],
    [
      'common.ts',
      `import path = require('node:path'); const n: number = 42; console.log(n, path.sep === '/');`,
    ],
  ])('%s runs in its own module system', async (name, source) => {
    await program('double.ts', 'export const double = (n: number): number => 2 * n;');
    const { code, stdout } = await skein(folder, 'run', '--quiet', await program(name, source));
    expect({ code, answer: stdout.slice(0, 2) }).toEqual({ code: 0, answer: '42' });
  });

  test('what follows the file is the program’s own, options included', async () => {
    const file = await program('args.ts', `console.log(JSON.stringify(process.argv.slice(1)));`);
    const { stdout } = await skein(folder, 'run', file, '--quiet', '-x', '--', 'two words', '');
    expect(JSON.parse(stdout)).toEqual([join(folder, file), '--quiet', '-x', '--', 'two words', '']);
  });

  test('the program’s exit code is the command’s', async () => {
    const file = await program('seven.ts', `process.exitCode = 7;`);
    expect(await skein(folder, 'run', file)).toMatchObject({ code: 7, signal: null });
    const leaving = await program('eight.ts', `process.exit(8);`);
    expect(await skein(folder, 'run', leaving)).toMatchObject({ code: 8, stderr: 'skein: no calls\n' });
  });

  test('an uncaught error ends with code 1 and the line in the TypeScript file', async () => {
    const file = await program('throws.ts', `interface A { a: 1 }\n\n\nthrow new RangeError('too far');\n`);
    const { code, stderr } = await skein(folder, 'run', file);
    expect(code).toBe(1);
    expect(stderr).toContain('RangeError: too far');
    expect(stderr).toContain(`${file}:4:`);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends the program as it would end `node`', async (signal) => {
    const file = await program('waits.ts', `console.log('ready'); setInterval(() => {}, 1000);`);
    const { child, ended } = start(folder, 'run', file);
    await once(child.stdout!, 'data');
    child.kill(signal);
    expect(await ended).toMatchObject({ code: null, signal });
  });

  test('a program that handles a signal itself keeps doing so', async () => {
    const file = await program(
      'handles.ts',
      `process.on('SIGTERM', () => process.exit(3)); console.log('ready'); setInterval(() => {}, 1000);`,
    );
    const { child, ended } = start(folder, 'run', file);
    await once(child.stdout!, 'data');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 3, signal: null });
  });

  test('the closing line tells what the executor counted', async () => {
    const file = await program(
      'counts.ts',
      `const totals = { calls: 1200, failed: 1, workers: 2, execMs: 8200, wallMs: 4316 };
       Object.assign(process, { [Symbol.for('skein.executor@0')]: { totals } });`,
    );
    const { stderr } = await skein(folder, 'run', file);
    expect(stderr).toBe(
      'skein: 1,200 calls (1 failed), 2 workers, 4.3 s: 1.9x one process (8.2 s of calls)\n',
    );
    expect((await skein(folder, 'run', '--quiet', file)).stderr).toBe('');
  });
});

describe('a wrong command says what is wrong, on stderr, with code 2', () => {
  test.each([
    [['run', 'helo.ts'], "skein: cannot run 'helo.ts': no such file (did you mean hello.ts?)"],
    [['run', 'hello'], "skein: cannot run 'hello': no such file (did you mean hello.ts?)"],
    [['run', 'nowhere/at-all.ts'], "skein: cannot run 'nowhere/at-all.ts': no such file"],
    [['run', '.'], "skein: cannot run '.': expected a program, found a directory"],
    [['run', '/dev/null'], "skein: cannot run '/dev/null': expected a program, found a special file"],
    [
      ['run', 'notes.txt'],
      "skein: cannot run 'notes.txt': expected one of .ts, .mts, .cts, .tsx, .js, .mjs, .cjs",
    ],
    [['run'], "skein: missing required argument 'file'"],
    [['rnu', 'hello.ts'], "skein: unknown command 'rnu'\n(Did you mean run?)"],
    [['run', '--quite', 'hello.ts'], "skein: unknown option '--quite'\n(Did you mean --quiet?)"],
  ])('skein %j', async (args, message) => {
    await program('hello.ts', '');
    await program('notes.txt', '');
    const ended = await skein(folder, ...args);
    expect(ended).toEqual({ code: 2, signal: null, stdout: '', stderr: `${message}\n` });
  });
});

describe('help', () => {
  test('--help names the commands and shows examples', async () => {
    const { code, stdout } = await skein(folder, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('run [options] <file> [args...]');
    expect(stdout).toContain('$ skein run hello.ts --seed 7');
    expect((await skein(folder, 'run', '--help')).stdout).toContain('--quiet');
  });

  test('--version is the package’s', async () => {
    const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
    expect((await skein(folder, '--version')).stdout).toBe(`${manifest.version}\n`);
  });
});
