import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, folder, json } from './command.ts';

interface Report {
  readonly ok: boolean;
  readonly findings: readonly { name: string; status: string; found: string; advice?: string }[];
}

function found(report: unknown, name: string): Report['findings'][number] | undefined {
  return (report as Report).findings.find((finding) => finding.name === name);
}

describe('skein doctor', () => {
  test('looks at the machine, a line each, and finds nothing broken here', async () => {
    const { code, stdout, stderr } = await command({ cwd: folder() }, 'doctor');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`✓ node           ${process.version}`);
    expect(stdout).toMatch(/^✓ config files {3}none: everything has its default$/m);
    expect(stdout).toMatch(/^✓ capture/m);
    expect(stdout).toMatch(/^✓ bundler/m);
    expect(stdout).toContain('All is well');
  });

  test('names every configuration file, and which wins', async () => {
    const cwd = folder();
    const below = join(cwd, 'a', 'b');
    mkdirSync(below, { recursive: true });
    mkdirSync(join(cwd, '.config', 'skein'), { recursive: true });
    writeFileSync(join(cwd, 'skein.config.json'), '{}');
    writeFileSync(join(cwd, 'a', 'skein.config.yaml'), 'workers: 2');
    writeFileSync(join(cwd, '.config', 'skein', 'config.yaml'), 'records: true');
    const report = json(await command({ cwd: below, env: { HOME: cwd } }, 'doctor', '--json'));
    expect(found(report, 'config files')?.found.split('\n')).toEqual([
      `${join(cwd, 'a', 'skein.config.yaml')} (wins)`,
      `${join(cwd, 'skein.config.json')} (not read)`,
      `${join(cwd, '.config', 'skein', 'config.yaml')} (what it leaves out)`,
    ]);
    expect(found(report, 'configuration')).toMatchObject({ status: 'fine' });
  });

  test('a configuration that cannot be used is told with what to do, and code 1', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'skein.config.json'), '{"workers": 0}');
    const { code, stdout } = await command({ cwd }, 'doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ configuration .*workers: must be a whole number of at least 1/m);
    expect(stdout).toContain('→ Correct what is named');
  });

  test('flags of Node under which functions cannot be captured are found', async () => {
    const env = { NODE_OPTIONS: '--frozen-intrinsics --no-warnings' };
    const ended = await command({ cwd: folder(), env }, 'doctor', '--json');
    const report = json(ended);
    expect(ended.code).toBe(1);
    expect(found(report, 'flags')).toMatchObject({ status: 'look' });
    expect(found(report, 'capture')).toMatchObject({ status: 'broken', advice: expect.any(String) });
    expect(found(report, 'bundler')).toMatchObject({ status: 'look', found: 'not tried' });
  });

  test('more workers than the memory can hold deserve a look', async () => {
    const env = { SKEIN_WORKERS: '1000000' };
    const ended = await command({ cwd: folder(), env }, 'doctor', '--json');
    expect(ended.code).toBe(0);
    expect(found(json(ended), 'memory')).toMatchObject({ status: 'look', advice: expect.any(String) });
  });
});
