import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { program } from '../src/program.ts';
import { command, folder } from './command.ts';

function paths(below: Command, path: readonly string[] = []): string[][] {
  return [[...path], ...below.commands.flatMap((one) => paths(one, [...path, one.name()]))];
}

const all = paths(program());

test('there are the commands that there should be', () => {
  expect(all.map((path) => path.join(' ')).sort()).toEqual([
    '',
    'clean',
    'completion',
    'doctor',
    'dso',
    'dso drain',
    'dso members',
    'dso objects',
    'dso ring',
    'dso stats',
    'hello',
    'init',
    'job',
    'job list',
    'job plot',
    'job show',
    'logs',
    'run',
    'storage',
    'storage delete',
    'storage get',
    'storage head',
    'storage list',
    'storage put',
    'test',
  ]);
});

/** What `--help` prints, as each command would in its own process. */
function helpOf(path: readonly string[]): string {
  let text = '';
  const find = (below: Command, [first, ...rest]: readonly string[]): Command => {
    const next = below.commands.find((one) => one.name() === first);
    return next === undefined ? below : find(next, rest);
  };
  find(program(), path)
    .configureOutput({ writeOut: (part) => (text += part), getOutHasColors: () => false })
    .outputHelp();
  return text;
}

describe('the help', () => {
  test.each(all.map((path) => [path.join(' '), path]))(
    'of `skein %s` has examples that are its own',
    (name, path) => {
      const text = helpOf(path);
      const examples = text.slice(text.indexOf('Examples:'));
      expect(examples).toMatch(new RegExp(`^ {2}\\$ .*skein ${name}`, 'm'));
      expect(text.split('\n').filter((line) => line.length > 110)).toEqual([]);
    },
  );

  test('is plain where nobody sees colours', async () => {
    const { code, stdout, stderr } = await command({ cwd: folder() }, 'job', 'list', '--help');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: helpOf(['job', 'list']), stderr: '' });
    expect(stdout).not.toContain('\u001b');
  });

  test('tells the exit codes', async () => {
    const { stdout } = await command({ cwd: folder() }, 'help');
    expect(stdout).toMatch(/0 {2}it went well\n {2}1 {2}it failed\n {2}2 {2}it was called wrongly/);
  });

  test('`skein` alone is a wrong call', async () => {
    const { code, stdout, stderr } = await command({ cwd: folder() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: skein');
  });
});

describe('what is mistyped is told with what was probably meant', () => {
  test.each([
    [['hlelo'], "skein: unknown command 'hlelo'\n(Did you mean hello?)\n"],
    [['job', 'lits'], "skein: unknown command 'lits'\n(Did you mean list?)\n"],
    [['hello', '--jsn'], "skein: unknown option '--jsn'\n(Did you mean --json?)\n"],
    [['nothing-like-it'], "skein: unknown command 'nothing-like-it'\n"],
  ])('skein %j', async (args, message) => {
    const { code, stdout, stderr } = await command({ cwd: folder() }, ...args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: message });
  });
});

describe('a command loads only what it needs:', () => {
  /** Files that the process has loaded, by what V8 tells of their coverage. */
  async function loaded(cwd: string, ...args: string[]): Promise<string[]> {
    const coverage = join(cwd, 'coverage');
    mkdirSync(coverage);
    await command({ cwd, env: { NODE_V8_COVERAGE: coverage } }, ...args);
    const urls = readdirSync(coverage).flatMap((file) => {
      const report: { result: { url: string }[] } = JSON.parse(readFileSync(join(coverage, file), 'utf8'));
      return report.result.map(({ url }) => url);
    });
    expect(urls.some((url) => /cli\/(?:src\/program\.ts|dist\/program\.js)$/.test(url))).toBe(true);
    return urls.filter((url) =>
      /cli\/(?:src|dist)\/(?:commands|checks|settings|questions)|@skein|@clack|packages\/(?!cli)/.test(url),
    );
  }

  test.each([['--help'], ['--version'], ['job', '--help']])('skein %s %s', async (...args) => {
    expect(await loaded(folder(), ...args)).toEqual([]);
  });

  test('skein run', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'empty.ts'), 'export {};');
    expect(await loaded(cwd, 'run', 'empty.ts')).toEqual([]);
  });
});
