import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveExecutorConfig } from '@skein/executor';
import { afterEach, describe, expect, test } from 'vitest';
import { type Choices, configFile } from '../src/config-template.ts';
import { command, folder, json } from './command.ts';
import { atTerminal, hasTerminal } from './terminal.ts';

afterEach(() => {
  delete process.env['SKEIN_CONFIG'];
});

const storages = ['', 'file:/var/tmp/skein', `file:/tmp/it's a "folder" \\ with é, # and: more`];

const everyChoice = (['ts', 'yaml'] as const).flatMap((format) =>
  (
    [
      ['localhost', 'process'],
      ['localhost', 'thread'],
      ['subprocess', 'process'],
    ] as const
  ).flatMap(([backend, isolation]) =>
    storages.flatMap((storage) =>
      [0, 3].flatMap((workers) =>
        [true, false].map((records): Choices => ({ format, backend, isolation, storage, workers, records })),
      ),
    ),
  ),
);

describe('the file that init writes', () => {
  test.each(everyChoice)('says what was chosen: %j', async (choices) => {
    const { format, backend, isolation, storage, workers, records } = choices;
    const path = join(folder(), `skein.config.${format}`);
    writeFileSync(path, configFile(choices));
    process.env['SKEIN_CONFIG'] = path;
    expect((await resolveExecutorConfig()).values).toEqual({
      backend,
      ...(isolation === 'thread' && { localhost: { isolation } }),
      ...(storage !== '' && { storage }),
      ...(workers !== 0 && { workers }),
      ...(records && { records }),
    });
  });

  test.each(['ts', 'yaml'] as const)('.%s: every comment is a setting that can be taken', async (format) => {
    const path = join(folder(), `skein.config.${format}`);
    const text = configFile({
      format,
      backend: 'localhost',
      isolation: 'process',
      storage: '',
      workers: 0,
      records: false,
    });
    // A comment that is one `key: value`, and no prose, is taken.
    writeFileSync(
      path,
      text.replace(/^( *)(?:\/\/|#) ((?: {2})?[a-zA-Z]+: ?(?!.*[a-z] [a-z]).*)$/gm, '$1$2'),
    );
    process.env['SKEIN_CONFIG'] = path;
    expect(Object.keys((await resolveExecutorConfig()).values).sort()).toEqual([
      'backend',
      'localhost',
      'records',
      'retries',
      'runtimeMemory',
      'storage',
      'timeoutMs',
      'workers',
    ]);
  });
});

describe('skein init --yes', () => {
  test('writes a configuration that the next command finds', async () => {
    const cwd = folder();
    const { code, stdout } = await command({ cwd }, 'init', '--yes', '--workers', '2', '--records');
    expect(code).toBe(0);
    expect(stdout).toContain('✓ skein.config.ts is written.');
    expect(stdout).toContain('skein test');
    expect(json(await command({ cwd }, '--print-config', '--json'))).toMatchObject([
      { path: 'backend', value: 'localhost', source: join(cwd, 'skein.config.ts') },
      { path: 'records', value: true },
      { path: 'workers', value: 2 },
    ]);
  });

  test('makes the folder that it is told', async () => {
    const cwd = folder();
    const { stdout } = await command({ cwd }, 'init', 'a/b', '-y', '--format', 'yaml');
    expect(stdout).toContain('✓ a/b/skein.config.yaml is written.');
    expect(existsSync(join(cwd, 'a/b/skein.config.yaml'))).toBe(true);
  });

  test('overwrites only with --force', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'skein.config.ts'), 'mine');
    const { code, stderr } = await command({ cwd }, 'init', '-y');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'skein: skein.config.ts exists: nothing was written; --force overwrites it\n',
    });
    expect(readFileSync(join(cwd, 'skein.config.ts'), 'utf8')).toBe('mine');
    expect((await command({ cwd }, 'init', '-y', '--force')).code).toBe(0);
    expect(readFileSync(join(cwd, 'skein.config.ts'), 'utf8')).toContain('export default');
  });

  test('never makes a second configuration in a folder', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'skein.config.json'), '{}');
    const { code, stderr } = await command({ cwd }, 'init', '-y', '--force');
    expect(code).toBe(1);
    expect(stderr).toContain('skein.config.json is there already');
    expect(readdirSync(cwd)).toEqual(['skein.config.json']);
  });

  test.each([
    [['--backend', 'locahost'], "'locahost' is invalid"],
    [['--storage', '/var/tmp'], "a path is written 'file:/var/tmp'"],
    [['--workers', '0'], 'expected a whole number from 1'],
    [['--backend', 'subprocess', '--isolation', 'thread'], "--isolation is for the backend 'localhost'"],
  ])('%j is refused before anything is written', async (args, reason) => {
    const cwd = folder();
    const { code, stderr } = await command({ cwd }, 'init', '-y', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

test('without a terminal, init does not ask but says what to do', async () => {
  const cwd = folder();
  const { code, stdout, stderr } = await command({ cwd }, 'init');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('nobody is here to answer: say --yes');
  expect(readdirSync(cwd)).toEqual([]);
});

describe.skipIf(!hasTerminal)('skein init at a terminal (by `script` of util-linux)', () => {
  const down = '\u001b[B';
  const interrupt = '\u0003';

  test('asks what no option has said', async () => {
    const cwd = folder();
    const { status } = await atTerminal(
      { cwd },
      ['init', '--backend', 'localhost'],
      [
        ['What should a worker be?', `${down}\r`],
        ['How many workers', '2\r'],
        ['Where should large data be kept?', '\r'],
        ['Keep a record', 'y'],
        ['Which kind of file?', `${down}\r`],
      ],
    );
    expect(status).toBe(0);
    const text = readFileSync(join(cwd, 'skein.config.yaml'), 'utf8');
    expect(text).toMatch(/^ {2}isolation: 'thread'$/m);
    expect(text).toMatch(/^workers: 2$/m);
    expect(text).toMatch(/^# storage: /m);
    expect(text).toMatch(/^records: true$/m);
  });

  test('Ctrl-C leaves, and nothing is written', async () => {
    const cwd = folder();
    const { status, output } = await atTerminal(
      { cwd },
      ['init'],
      [['Where should functions run?', interrupt]],
    );
    expect(status).toBe(1);
    expect(output).toContain('nothing was written');
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('asks before it overwrites, and takes Enter for no', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'skein.config.ts'), 'mine');
    const said = ['--backend', 'subprocess', '--workers', '1', '--storage', 'file:/x', '--no-records'];
    const { status } = await atTerminal(
      { cwd },
      ['init', ...said, '--format', 'ts'],
      [['Overwrite it?', '\r']],
    );
    expect(status).toBe(1);
    expect(readFileSync(join(cwd, 'skein.config.ts'), 'utf8')).toBe('mine');
  });
});
