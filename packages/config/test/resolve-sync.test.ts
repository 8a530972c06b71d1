/** Configuration that is needed at once is the same as what can be waited for. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type Config,
  ConfigError,
  flag,
  number,
  type ResolveOptions,
  resolveConfig,
  resolveConfigSync,
  section,
  text,
} from '@skein/config';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const SCHEMA = {
  workers: number({ min: 1, whole: true }),
  backend: text(),
  showProgress: flag(),
  s3: section({ region: text(), secretAccessKey: text({ secret: true }) }),
};

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'skein-config-'));
  mkdirSync(join(root, 'project', 'src'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const at = (options: ResolveOptions): ResolveOptions => ({
  env: {},
  cwd: join(root, 'project'),
  home: join(root, 'home'),
  ...options,
});
const find = (options: ResolveOptions = {}): Promise<Config<typeof SCHEMA>> =>
  resolveConfig(SCHEMA, at(options));
const findAtOnce = (options: ResolveOptions = {}): Config<typeof SCHEMA> =>
  resolveConfigSync(SCHEMA, at(options));

/** Values with their sources, or everything that is wrong. */
const outcomeOf = (config: Config<typeof SCHEMA>): unknown => [config.values, config.rows()];
const issuesOf = (error: unknown): unknown => {
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).issues;
};
function outcomeAtOnce(options: ResolveOptions): unknown {
  try {
    return outcomeOf(findAtOnce(options));
  } catch (error) {
    return issuesOf(error);
  }
}

const USER = 'home/.config/skein/config.yaml';
const PROJECT = 'project/skein.config';

describe('the same as resolveConfig finds', () => {
  test.each<[string, Readonly<Record<string, string>>, ResolveOptions]>([
    ['nothing', {}, {}],
    [
      'each source before the ones below it',
      { [USER]: 'workers: 1\ns3:\n  region: user\n', [`${PROJECT}.json`]: '{"workers": 2, "backend": "a"}' },
      { env: { SKEIN_SHOW_PROGRESS: 'false', SKEIN_WORKERS: '3' }, explicit: { workers: 4 } },
    ],
    ['YAML of the project', { [`${PROJECT}.yaml`]: 'workers: 7\n' }, {}],
    ['an empty file', { [`${PROJECT}.yaml`]: '# later\n' }, {}],
    ['an ES module', { [`${PROJECT}.mjs`]: 'export default { workers: 7 };' }, {}],
    [
      'TypeScript that imports other TypeScript',
      {
        'project/src/workers.ts':
          'export const enum Size { Small = 3 }\nexport const workers: number = Size.Small;',
        [`${PROJECT}.ts`]: "import { workers } from './src/workers.ts'; export default { workers };",
      },
      {},
    ],
    [
      'a script',
      { 'project/other.js': 'module.exports = { workers: 7 };' },
      { env: { SKEIN_CONFIG: 'other.js' } },
    ],
    ['SKEIN_CONFIG that is JSON', { [`${PROJECT}.json`]: '{}' }, { env: { SKEIN_CONFIG: '{"workers": 2}' } }],
    [
      'SKEIN_CONFIG that is a path',
      { 'project/other.yaml': 'workers: 2' },
      { env: { SKEIN_CONFIG: 'other.yaml' } },
    ],
    ['keys of others', { [`${PROJECT}.json`]: '{"cache": 1, "s3": {"regoin": "a"}}' }, { foreign: 'all' }],
  ])('%s', async (_, files, options) => {
    for (const [path, content] of Object.entries(files)) write(path, content);
    const awaited = await find(options).then(outcomeOf, issuesOf);
    expect(outcomeAtOnce(options)).toEqual(awaited);
  });

  test.each([
    [`${PROJECT}.json`, '{\n  "workers": 2\n  "backend": 1 }'],
    [`${PROJECT}.yaml`, 'workers: 1\nbackend: b: c'],
    [`${PROJECT}.mjs`, 'export const workers = 1;'],
    [`${PROJECT}.mjs`, 'const a = 1;\nnull.x;'],
    [`${PROJECT}.mjs`, 'export default async () => ({ workers: 1 });'],
    [`${PROJECT}.ts`, 'const a: number = 1;\nexport default { workers: };'],
    [`${PROJECT}.ts`, 'const a: number = 1;\nthrow new Error("not today");'],
    [USER, 'workres: 1'],
  ])('what is wrong with %s: %s', async (path, content) => {
    write(path, content);
    const awaited = await find().then(outcomeOf, issuesOf);
    expect(outcomeAtOnce({})).toEqual(awaited);
  });

  // What the test runner imports it parses itself, and says it in its own words.
  test('where the syntax of a module is wrong', () => {
    write(`${PROJECT}.mjs`, 'const a = 1;\n\nexport default { workers: };');
    expect(() => findAtOnce()).toThrow(/cannot be read at line 3: Unexpected token '}'/);
  });

  test('everything that is wrong, at once', async () => {
    write(USER, 'workres: 1');
    write(`${PROJECT}.json`, '{}');
    write(`${PROJECT}.yaml`, '');
    const options = { explicit: { workers: -1 }, env: { SKEIN_SHOW_PROGRESS: 'maybe' } };
    const awaited = await find(options).then(outcomeOf, issuesOf);
    expect(outcomeAtOnce(options)).toEqual(awaited);
    expect(awaited).toHaveLength(4);
  });
});

describe('a module that awaits something', () => {
  const CASES = [
    ['mjs', 'at its top level', 'export default { workers: await Promise.resolve(7) };'],
    ['mjs', 'for its default export', 'export default Promise.resolve({ workers: 7 });'],
    [
      'ts',
      'at its top level',
      'const workers: number = await Promise.resolve(7);\nexport default { workers };',
    ],
    ['ts', 'for its default export', 'export default Promise.resolve({ workers: 7 as number });'],
  ] as const;

  test.each(CASES)('.%s, %s: is named, with what to do', (extension, _, content) => {
    const file = write(`${PROJECT}.${extension}`, content);
    expect(() => findAtOnce()).toThrow(ConfigError);
    expect(outcomeAtOnce({})).toEqual([
      expect.objectContaining({
        kind: 'unreadable',
        source: file,
        message: expect.stringMatching(
          /^cannot be read: it awaits something, .* export a plain object, or first await/,
        ),
      }),
    ]);
  });

  test.each(CASES)(
    '.%s, %s: can be had at once when it was awaited before',
    async (extension, _, content) => {
      write(`${PROJECT}.${extension}`, content);
      await find();
      expect(findAtOnce().values).toEqual({ workers: 7 });
    },
  );

  test('one whose promise fails is no rejection that nobody handles', () => {
    write(`${PROJECT}.mjs`, 'export default Promise.reject(new Error("not today"));');
    expect(() => findAtOnce()).toThrow(/it awaits something/);
  });
});

test('a module that is needed at once while it is being awaited', async () => {
  write(`${PROJECT}.mjs`, 'export default { workers: 7 };');
  const awaited = find();
  expect(findAtOnce().values).toEqual({ workers: 7 });
  expect((await awaited).values).toEqual({ workers: 7 });
});
