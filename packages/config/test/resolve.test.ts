import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import {
  ConfigError,
  checkConfig,
  custom,
  flag,
  list,
  map,
  number,
  oneOf,
  type ResolveOptions,
  resolveConfig,
  section,
  size,
  text,
} from '@skein/config';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';

class Driver {}

const SCHEMA = {
  backend: oneOf('localhost', 'subprocess'),
  storage: custom<string | Driver>('an address or a driver', (value) =>
    typeof value === 'string' || value instanceof Driver ? value : undefined,
  ),
  workers: number({ min: 1, whole: true }),
  runtimeMemory: size(),
  showProgress: flag(),
  external: list(text()),
  extraEnv: map(text()),
  localhost: section({ isolation: oneOf('process', 'thread'), idleMs: number({ min: 0 }) }),
  s3: section({ region: text(), secretAccessKey: text({ secret: true }) }),
};

let root: string;
let project: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'skein-config-'));
  project = join(root, 'project');
  home = join(root, 'home');
  mkdirSync(join(project, 'src', 'deep'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function find(options: ResolveOptions = {}): ReturnType<typeof resolveConfig<typeof SCHEMA>> {
  return resolveConfig(SCHEMA, { env: {}, cwd: project, home, ...options });
}

async function issuesOf(promise: Promise<unknown>): Promise<ConfigError['issues']> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).issues;
}

describe('where values come from', () => {
  test('nothing configured is nothing said', async () => {
    const config = await find();
    expect(config.values).toEqual({});
    expect(config.rows()).toEqual([]);
  });

  test('each source wins over the ones below it, value by value, and every value knows its source', async () => {
    const user = write(
      'home/.config/skein/config.yaml',
      'workers: 1\nruntimeMemory: 64MiB\nbackend: subprocess\nlocalhost:\n  idleMs: 5\ns3:\n  region: user\n',
    );
    const file = write(
      'project/skein.config.json',
      '{"workers": 2, "backend": "localhost", "showProgress": true, "localhost": {"isolation": "process"}}',
    );
    const config = await find({
      env: { SKEIN_WORKERS: '3', SKEIN_SHOW_PROGRESS: 'false' },
      explicit: { workers: 4, localhost: { isolation: 'thread' } },
    });
    expect(config.values).toEqual({
      workers: 4,
      showProgress: false,
      backend: 'localhost',
      runtimeMemory: 64 * 2 ** 20,
      localhost: { isolation: 'thread', idleMs: 5 },
      s3: { region: 'user' },
    });
    expect(config.source('workers')).toEqual({ kind: 'option', label: 'the options' });
    expect(config.source('showProgress')).toEqual({
      kind: 'variable',
      label: 'the variable SKEIN_SHOW_PROGRESS',
    });
    expect(config.source('backend')).toEqual({ kind: 'file', label: file });
    expect(config.source('localhost.idleMs')).toEqual({ kind: 'user-file', label: user });
    expect(config.source('external')).toBeUndefined();
  });

  test.each([
    [
      'skein.config.ts',
      'const workers: number = 7; export default { workers } satisfies { workers: number };',
    ],
    ['skein.config.mjs', 'export default { workers: await Promise.resolve(7) };'],
    ['skein.config.json', '{ "workers": 7 }'],
    ['skein.config.yaml', 'workers: 7\n'],
  ])('%s is found upwards from the working directory', async (name, content) => {
    const file = write(`project/${name}`, content);
    const config = await find({ cwd: join(project, 'src', 'deep') });
    expect(config.values).toEqual({ workers: 7 });
    expect(config.source('workers')?.label).toBe(file);
  });

  test('a TypeScript configuration may import other TypeScript', async () => {
    write(
      'project/src/workers.ts',
      'export const enum Size { Small = 3 }\nexport const workers: number = Size.Small;',
    );
    write(
      'project/skein.config.ts',
      "import { workers } from './src/workers.ts'; export default { workers };",
    );
    expect((await find()).values).toEqual({ workers: 3 });
  });

  test('the nearest directory that has a file decides', async () => {
    write('project/skein.config.json', '{ "workers": 1, "backend": "subprocess" }');
    write('project/src/skein.config.yaml', 'workers: 2');
    expect((await find({ cwd: join(project, 'src', 'deep') })).values).toEqual({ workers: 2 });
  });

  test('SKEIN_CONFIG is JSON or a path, and stands in the place of the project file', async () => {
    write('project/skein.config.json', '{ "workers": 1 }');
    const other = write('project/other.yaml', 'backend: subprocess');
    const inline = await find({ env: { SKEIN_CONFIG: ' {"showProgress": true}', SKEIN_WORKERS: '9' } });
    expect(inline.values).toEqual({ showProgress: true, workers: 9 });
    expect(inline.source('showProgress')).toEqual({ kind: 'inline', label: 'the variable SKEIN_CONFIG' });
    const path = await find({ env: { SKEIN_CONFIG: 'other.yaml' } });
    expect(path.values).toEqual({ backend: 'subprocess' });
    expect(path.source('backend')?.label).toBe(other);
  });

  test('XDG_CONFIG_HOME moves the user file', async () => {
    write('xdg/skein/config.yaml', 'workers: 5');
    expect((await find({ env: { XDG_CONFIG_HOME: join(root, 'xdg') } })).values).toEqual({ workers: 5 });
  });

  test('variables say numbers, flags, sizes, lists and objects; an empty one says nothing', async () => {
    const { values } = await find({
      env: {
        SKEIN_WORKERS: '12',
        SKEIN_SHOW_PROGRESS: '1',
        SKEIN_RUNTIME_MEMORY: '1.5 GB',
        SKEIN_EXTERNAL: 'sharp, canvas',
        SKEIN_EXTRA_ENV: '{"TZ":"UTC"}',
        SKEIN_LOCALHOST_ISOLATION: 'thread',
        SKEIN_BACKEND: '',
      },
    });
    expect(values).toEqual({
      workers: 12,
      showProgress: true,
      runtimeMemory: 1.5e9,
      external: ['sharp', 'canvas'],
      extraEnv: { TZ: 'UTC' },
      localhost: { isolation: 'thread' },
    });
  });

  test('objects of a program pass as they are, and an undefined option says nothing', async () => {
    const driver = new Driver();
    const { values } = await find({
      explicit: { storage: driver, workers: undefined },
      env: { SKEIN_WORKERS: '2' },
    });
    expect(values.storage).toBe(driver);
    expect(values.workers).toBe(2);
  });

  test('empty files and files of comments say nothing', async () => {
    write('project/skein.config.yaml', '# later\n');
    expect((await find()).values).toEqual({});
  });

  test('values are frozen', async () => {
    const { values } = await find({ explicit: { localhost: { idleMs: 1 } } });
    expect(Object.isFrozen(values)).toBe(true);
    expect(Object.isFrozen(values.localhost)).toBe(true);
  });
});

describe('what is wrong', () => {
  test('an unknown key suggests the nearest right one, in sections too', async () => {
    const file = write(
      'project/skein.config.json',
      '{ "worker": 2, "runtime_memory": 1, "localhost": { "isolaton": "thread" }, "colour": 1 }',
    );
    const issues = await issuesOf(find());
    expect(issues.map(({ kind, path, suggestion, source }) => [kind, path, suggestion, source])).toEqual([
      ['unknown-key', 'worker', 'workers', file],
      ['unknown-key', 'runtime_memory', 'runtimeMemory', file],
      ['unknown-key', 'localhost.isolaton', 'localhost.isolation', file],
      ['unknown-key', 'colour', undefined, file],
    ]);
    expect(issues[3]?.message).toContain('known are backend, storage');
  });

  test('a wrong value says what was expected, what came and where', async () => {
    const issues = await issuesOf(
      find({
        explicit: { workers: 0, backend: 'lambda', external: ['a', 1] },
        env: { SKEIN_SHOW_PROGRESS: 'maybe', SKEIN_WORKERS: 'ten' },
      }),
    );
    expect(issues.map(({ path, message, source }) => `${path} ${message} (${source})`)).toEqual([
      'workers must be a whole number of at least 1, not 0 (the options)',
      "backend must be 'localhost' or 'subprocess', not \"lambda\" (the options)",
      'external must be a list, each item text that is not empty, not a list of 2 (the options)',
      'workers must be a whole number of at least 1, not NaN (the variable SKEIN_WORKERS)',
      'showProgress must be true or false, not "maybe" (the variable SKEIN_SHOW_PROGRESS)',
    ]);
  });

  test('a value that another source overrides is checked all the same', async () => {
    write('project/skein.config.json', '{ "workers": "many" }');
    await expect(find({ explicit: { workers: 1 } })).rejects.toThrow(
      /workers: must be a whole number of at least 1, not "many"/,
    );
  });

  test('a section that is no object, and a whole that is none', async () => {
    write('project/skein.config.yaml', 'localhost: thread\n');
    await expect(find()).rejects.toThrow(/localhost: must be an object of isolation, idleMs, not "thread"/);
    write('project/skein.config.yaml', '- a\n- b\n');
    await expect(find()).rejects.toThrow(/must be an object of backend, .*, not a list of 2/);
  });

  test('keys of other packages are theirs, and are suggested too', async () => {
    write('project/skein.config.json', '{ "dso": "dso://host:7600", "ds0": 1 }');
    const [issue, ...others] = await issuesOf(find({ foreign: ['dso'] }));
    expect([issue?.path, issue?.suggestion, others]).toEqual(['ds0', 'dso', []]);
  });

  test('a package that reads one section leaves all other keys to others, and checks its own', async () => {
    write('project/skein.config.json', '{ "cache": { "tiers": 3 }, "workers": 0, "zone": { "aera": 1 } }');
    const schema = { zone: section({ area: number() }) };
    const issues = await issuesOf(resolveConfig(schema, { env: {}, cwd: project, home, foreign: 'all' }));
    expect(issues.map(({ path }) => path)).toEqual(['zone.aera']);
  });

  test.each([
    ['project/skein.config.json', '{ "workers": 1,, }', /JSON/],
    ['project/skein.config.yaml', 'a: [1', /line 1/],
    ['project/skein.config.mjs', 'export const workers = 1;', /export default/],
    ['project/skein.config.ts', 'throw new Error("not today");', /not today/],
    ['home/.config/skein/config.yaml', 'a: b: c', /line 1/],
    ['project/skein.config.json', '{\n  "workers": 2,\n  "backend": }\n', /at line 3: /],
    ['project/skein.config.json', '{\n  "workers": 2\n  "backend": 1 }', /at line 3: /],
    ['project/skein.config.json', '{\n  "workers": two\n}', /at line 2: /],
    ['project/skein.config.json', '{ two }', /at line 1: /],
    ['project/skein.config.json', '{\n  "workers": 2', /at line 2: /],
    ['project/skein.config.ts', 'const a: number = 1;\nexport default { workers: };', /at line 2: /],
    [
      'project/skein.config.ts',
      'const a: number = 1;\nthrow new Error("not today");',
      /at line 2: not today/,
    ],
    ['project/skein.config.mjs', 'const a = 1;\n\nexport default { workers: };', /at line 3: /],
    ['project/skein.config.mjs', 'const a = 1;\nnull.x;', /at line 2: Cannot read/],
    ['project/skein.config.yaml', 'workers: 1\nbackend: b: c', /line 2/],
  ])('%s that cannot be read is named with the reason', async (path, content, reason) => {
    const file = write(path, content);
    const [issue] = await issuesOf(find());
    expect([issue?.kind, issue?.source]).toEqual(['unreadable', file]);
    expect(issue?.message).toMatch(reason);
  });

  test('two project files in one directory are ambiguous', async () => {
    write('project/skein.config.json', '{}');
    write('project/skein.config.yaml', '');
    const [issue] = await issuesOf(find());
    expect(issue?.kind).toBe('ambiguous');
    expect(issue?.message).toMatch(/skein\.config\.json and .*skein\.config\.yaml/);
  });

  test('a SKEIN_CONFIG that leads nowhere, is of an unknown kind, or is no JSON', async () => {
    await expect(find({ env: { SKEIN_CONFIG: 'nowhere.json' } })).rejects.toThrow(
      /nowhere\.json.*ENOENT|ENOENT.*nowhere\.json/,
    );
    write('project/config.toml', '');
    await expect(find({ env: { SKEIN_CONFIG: 'config.toml' } })).rejects.toThrow(
      /must end in \.ts, \.mjs, \.json or \.yaml/,
    );
    const [issue] = await issuesOf(find({ env: { SKEIN_CONFIG: '{"s3":{"secretAccessKey":"hunter2"' } }));
    expect(issue?.source).toBe('the variable SKEIN_CONFIG');
    expect(issue?.message).not.toContain('hunter2');
  });

  test('keys named like members of Object are unknown, not inherited', async () => {
    write('project/skein.config.json', '{ "constructor": 1, "__proto__": { "workers": 3 } }');
    const issues = await issuesOf(find());
    expect(issues.map(({ path }) => path)).toEqual(['constructor', '__proto__']);
  });

  test('everything that is wrong is told at once', async () => {
    write('home/.config/skein/config.yaml', 'workres: 1');
    const promise = find({ explicit: { workers: -1 }, env: { SKEIN_BACKEND: 'cloud' } });
    await expect(promise).rejects.toThrow(
      /3 things are wrong:\n {2}- workers: .*\n {2}- backend: .*\n {2}- workres: /,
    );
  });
});

describe('secrets', () => {
  test('are masked wherever the configuration is printed, and still there for the program', async () => {
    const config = await find({
      explicit: { s3: { secretAccessKey: 'hunter2' }, storage: 'redis://ada:hunter2@host/0' },
    });
    expect(config.values.s3?.secretAccessKey).toBe('hunter2');
    for (const printed of [String(config), JSON.stringify(config), inspect(config), inspect(config.rows())]) {
      expect(printed).not.toContain('hunter2');
      expect(printed).toContain('redis://***@host/0');
    }
  });

  test('are not quoted in errors', async () => {
    const [issue] = await issuesOf(find({ explicit: { s3: { secretAccessKey: ['hunter2'] } } }));
    expect(issue?.message).toBe('must be text that is not empty, not a object that is not shown');
    await expect(find({ explicit: { workers: 'redis://ada:hunter2@host' } })).rejects.not.toThrow(/hunter2/);
  });
});

describe('checkConfig', () => {
  test('checks what a program says at once, and gives the parsed values', () => {
    expect(checkConfig(SCHEMA, { runtimeMemory: '1KiB' })).toEqual({ runtimeMemory: 1024 });
    expect(checkConfig(SCHEMA, undefined)).toEqual({});
    expect(() => checkConfig(SCHEMA, { workrs: 1 })).toThrow(/did you mean 'workers'/);
    expect(() => checkConfig(SCHEMA, 'localhost')).toThrow(/must be an object of .* not "localhost"/);
  });

  test('types are those of the schema', () => {
    const values = checkConfig(SCHEMA, {});
    expectTypeOf(values.backend).toEqualTypeOf<'localhost' | 'subprocess' | undefined>();
    expectTypeOf(values.storage).toEqualTypeOf<string | Driver | undefined>();
    expectTypeOf(values.external).toEqualTypeOf<readonly string[] | undefined>();
    expectTypeOf(values.localhost?.idleMs).toEqualTypeOf<number | undefined>();
  });
});
