import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { command, folder, lastingFolder } from './command.ts';

const cwd = lastingFolder();
const scripts: Record<string, string> = {};

beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await command({ cwd }, 'completion', shell);
    expect(code).toBe(0);
    scripts[shell] = join(cwd, `completion.${shell}`);
    writeFileSync(scripts[shell], stdout);
  }
}, 60_000);

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

describe.skipIf(!has('bash'))('in bash, Tab after', () => {
  /** What bash would offer for the last of these words. */
  function offered(...words: string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const script = `source ${scripts['bash']}
      COMP_WORDS=(skein ${quoted}); COMP_CWORD=${words.length}; _skein
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['--norc', '-uc', script], { cwd, encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
  }

  test.each([
    [['h'], ['hello', 'help']],
    [
      ['job', ''],
      ['list', 'show', 'plot', 'help'],
    ],
    [['storage', 'd'], ['delete']],
    [
      ['hello', '--c'],
      ['--calls', '--config'],
    ],
    [['job', 'list', '-n', '3', '--f'], ['--failed']],
    [
      ['init', '--backend', ''],
      ['localhost', 'subprocess'],
    ],
    [['-c', 'completion.f'], ['completion.fish']],
    [['run', 'completion.z'], ['completion.zsh']],
    [['test', 'cond'], ['conditional']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['job', 'list', ''], []],
  ])('skein %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  test('the script may be read twice, and nothing of a line is run', () => {
    const script = `source ${scripts['bash']}; source ${scripts['bash']}
      COMP_WORDS=(skein '$(touch ran)' ''); COMP_CWORD=2; _skein; ls`;
    expect(execFileSync('bash', ['--norc', '-c', script], { cwd, encoding: 'utf8' })).not.toContain('ran');
  });
});

describe.skipIf(!has('zsh'))('in zsh', () => {
  test('the script is one that zsh can read', () => {
    expect(spawnSync('zsh', ['-n', scripts['zsh'] ?? '']).status).toBe(0);
  });
});

describe.skipIf(!has('fish'))('in fish', () => {
  test.each([
    ['skein job ', ['help', 'list', 'plot', 'show']],
    ['skein init --backend ', ['localhost', 'subprocess']],
  ])('Tab after "%s"', (line, expected) => {
    const script = `source ${scripts['fish']}; complete -C'${line}'`;
    const offered = execFileSync('fish', ['--no-config', '-c', script], { cwd, encoding: 'utf8' });
    expect(
      offered
        .trimEnd()
        .split('\n')
        .map((one) => one.split('\t')[0]),
    ).toEqual(expected);
  });
});

test('another shell is refused with those that there are', async () => {
  const { code, stderr } = await command({ cwd: folder() }, 'completion', 'tcsh');
  expect(code).toBe(2);
  expect(stderr).toContain('bash, zsh, fish');
});
