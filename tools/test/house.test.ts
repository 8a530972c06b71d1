/** What the house's rules ask of every package, checked on the files that git tracks. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { homedir } from 'node:os';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Package, packages } from '../check/packages.ts';
import { root } from '../lib/command.mjs';

const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(root + file));
const text = (file: string): string => readFileSync(root + file, 'utf8');
const isText = (file: string): boolean => !text(file).includes('\0');
const sources = tracked.filter((file) => /\.(?:ts|mts|cts|js|mjs|cjs)$/.test(file));
const all = await packages();

/** Lines that match, as `file:line: text`, so that a failure shows where. */
function linesMatching(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    text(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

/** What a source imports at run time or for types, statically or not, comments aside. */
function imports(file: string): string[] {
  const code = text(file)
    .split('\n')
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
    .join('\n');
  const specifier =
    /^(?:import|export|\})[^'\n]*\bfrom '([^']+)'|^import '([^']+)'|(?<!typeof )\bimport\('([^']+)'\)/gm;
  return [...code.matchAll(specifier)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

describe('arrows between packages point down', () => {
  const below: Readonly<Record<string, readonly string[]>> = {
    codec: [],
    config: [],
    closure: ['codec', 'config'],
    storage: ['codec', 'config', 'closure'],
    cloudobject: ['codec', 'config', 'closure', 'storage'],
    partitioner: ['codec', 'config', 'closure', 'storage'],
    cache: ['codec', 'config', 'closure'],
    plot: [],
    executor: ['codec', 'config', 'closure', 'storage', 'cloudobject', 'plot'],
    cli: ['codec', 'config', 'closure', 'storage', 'cloudobject', 'cache', 'plot', 'executor', 'dso'],
    dso: ['codec', 'config', 'closure'],
    multiprocessing: ['codec', 'config', 'closure', 'storage', 'cloudobject', 'plot', 'executor', 'dso'],
    'dso-server': ['codec', 'config', 'closure', 'dso'],
  };

  test.each(all.map((one) => [one.short, one] as const))('%s', (short, { manifest }) => {
    const { dependencies, peerDependencies, optionalDependencies } = manifest;
    const wanted = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
      .filter((name) => name.startsWith('@skein/'))
      .map((name) => name.slice('@skein/'.length));
    expect(below, `${short} has its place in this list`).toHaveProperty(short);
    expect(below[short]).toEqual(expect.arrayContaining(wanted));
  });
});

describe('every package has one shape', () => {
  test.each(all.map((one) => [one.short, one] as const))('%s', (short, { path, manifest }) => {
    for (const part of ['src/index.ts', 'test', 'README.md', 'package.json', 'tsconfig.json']) {
      expect(tracked.some((file) => `${file}/`.startsWith(`${path}/${part}/`))).toBe(true);
    }
    expect(manifest).toMatchObject({
      name: `@skein/${short}`,
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: '>=20.19' },
      files: expect.arrayContaining(['dist', 'src', 'README.md']),
    });
  });

  test.each(all.map((one) => [one.short, one] as const))(
    '%s: every subpath leads to a source',
    (_short, { path, manifest }) => {
      for (const [subpath, target] of Object.entries(manifest.exports)) {
        if (subpath === './package.json') continue;
        expect(Object.keys(target), `${subpath}: order of conditions`).toEqual([
          'source',
          'types',
          'default',
        ]);
        const {
          source = '',
          types,
          default: built,
        } = typeof target === 'string' ? { default: target } : target;
        expect(tracked).toContain(`${path}/${source.slice(2)}`);
        const compiled = source.replace('./src/', './dist/').replace(/\.ts$/, '');
        expect({ types, built }).toEqual({ types: `${compiled}.d.ts`, built: `${compiled}.js` });
      }
    },
  );
});

describe('what a package imports is what it declares', () => {
  test.each(all.map((one) => [one.short, one] as const))('%s', (_short, { path, manifest }) => {
    const { dependencies, peerDependencies, optionalDependencies } = manifest;
    const declared = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
    const own = sources.filter((file) => file.startsWith(`${path}/src/`));
    const undeclared = own.flatMap((file) =>
      imports(file)
        .filter((specifier) => !/^[./]|^node:/.test(specifier) && !builtinModules.includes(specifier))
        .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
        .filter((name) => name !== manifest.name && !declared.includes(name))
        .map((name) => `${file} imports ${name}`),
    );
    expect(undeclared).toEqual([]);
  });

  test('no import reaches into another package’s files', () => {
    const subpaths = new Set(
      all.flatMap(({ manifest }) =>
        Object.keys(manifest.exports).map((subpath) => manifest.name + subpath.slice(1)),
      ),
    );
    const deep = sources.flatMap((file) =>
      imports(file)
        .filter((specifier) =>
          specifier.startsWith('@skein/') ? !subpaths.has(specifier) : leavesPackage(file, specifier),
        )
        .map((specifier) => `${file} imports ${specifier}`),
    );
    expect(deep).toEqual([]);
  });
});

describe('every dependency is a decision', () => {
  const page = text('docs/dependencies.md');
  const manifests = tracked.filter((file) =>
    /^(?:(?:(?:packages|services)\/[^/]+|examples|bench)\/)?package\.json$/.test(file),
  );

  test.each(manifests)(
    '%s: each has its line in docs/dependencies.md, and its version in the catalog',
    (file) => {
      const manifest: Package['manifest'] = JSON.parse(text(file));
      const { dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest;
      const entries = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
      const foreign = entries.filter(([name]) => !name.startsWith('@skein/'));
      const peers = Object.keys(peerDependencies ?? {}).filter((name) => !name.startsWith('@skein/'));
      const names = [...foreign.map(([name]) => name), ...peers];
      expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
      expect(foreign.filter(([, range]) => range !== 'catalog:')).toEqual([]);
    },
  );

  test('no line in docs/dependencies.md outlives its dependency', () => {
    const used = new Set(
      manifests.flatMap((file) => {
        const manifest: Package['manifest'] = JSON.parse(text(file));
        return Object.keys({
          ...manifest.dependencies,
          ...manifest.devDependencies,
          ...manifest.peerDependencies,
        });
      }),
    );
    const cells = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].map((match) => match[1] ?? '');
    const listed = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('no source', () => {
  // This file holds the patterns themselves.
  const others = sources.filter((file) => file !== 'tools/test/house.test.ts');

  test('exports everything of another module', () => {
    expect(linesMatching(others, /^\s*export\s+\*\s+from/)).toEqual([]);
  });

  // Biome's noExplicitAny sees to `any` itself.
  test('silences the type checker', () => {
    expect(linesMatching(others, /@ts-(?:ignore|nocheck)|biome-ignore.*noExplicitAny/)).toEqual([]);
    const published = others.filter((file) => /^(?:packages|services)\/[^/]+\/src\//.test(file));
    expect(linesMatching(published, /@ts-expect-error/)).toEqual([]);
  });

  test('is too long to read', () => {
    expect(others.filter((file) => text(file).split('\n').length > 500)).toEqual([]);
  });
});

test('no tracked file names a folder of one machine or a registry’s host', () => {
  const homes = [root.replace(/\/$/, ''), homedir()].filter((path) => path.split('/').length > 2);
  const patterns = [
    '/home/[a-z]+/',
    '/Users/[A-Za-z]+/',
    '\\bregistry(?:\\.[a-z0-9-]+){2}',
    '\\btarball: ?http',
  ];
  const machine = new RegExp([...patterns, ...homes.map(escaped)].join('|'));
  const files = tracked.filter((file) => file !== 'tools/test/house.test.ts' && isText(file));
  expect(linesMatching(files, machine)).toEqual([]);
});

/** Whether a relative import in `packages/<name>/…` or `services/<name>/…` leads out of that folder. */
function leavesPackage(file: string, specifier: string): boolean {
  if (!/^(?:packages|services)\//.test(file) || !specifier.startsWith('.')) return false;
  const folder = file.split('/').slice(0, 2).join('/');
  const target = posix.join(posix.dirname(file), specifier);
  // Tests start real servers; nothing that is published does.
  if (file.startsWith(`${folder}/test/`) && target.startsWith('tools/servers/')) return false;
  return !target.startsWith(`${folder}/`);
}

function escaped(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
