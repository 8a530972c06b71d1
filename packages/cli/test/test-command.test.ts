import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, folder, json } from './command.ts';

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { name: string; status: string; advice?: string; detail?: string }[];
}

function statuses(report: unknown): Record<string, string> {
  return Object.fromEntries((report as Report).checks.map(({ name, status }) => [name, status]));
}

describe('skein test', () => {
  test('checks configuration, storage and backend, and leaves nothing in the storage', async () => {
    const cwd = folder();
    const env = { SKEIN_STORAGE: `file:${cwd}/objects` };
    const ended = await command({ cwd, env }, 'test', '--json');
    const report = json(ended);
    expect(statuses(report)).toEqual({
      configuration: 'passed',
      put: 'passed',
      get: 'passed',
      range: 'passed',
      list: 'passed',
      conditional: 'passed',
      delete: 'passed',
      call: 'passed',
      error: 'passed',
      closure: 'passed',
      large: 'passed',
      death: 'passed',
      parallel: 'passed',
    });
    expect(report).toMatchObject({ ok: true, storage: `file:${cwd}/objects` });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await command({ cwd, env }, 'storage', 'list', '--json');
    expect(JSON.parse(stdout)).toEqual([]);
  });

  test('runs the checks that are named, a line for each', async () => {
    const { code, stdout } = await command({ cwd: folder() }, 'test', 'conditional', 'closure');
    expect(code).toBe(0);
    expect(stdout.match(/^ {2}✓ \w+/gm)).toEqual(['  ✓ configuration', '  ✓ conditional', '  ✓ closure']);
    expect(stdout).toContain('3 passed, 0 failed in ');
  });

  test('a storage that cannot be written is told with what to do, and code 1', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'file'), '');
    const env = { SKEIN_STORAGE: `file:${cwd}/file` };
    const { code, stdout } = await command({ cwd, env }, 'test', 'storage');
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ put .*\n.*ENOTDIR.*\n +→ A part of the path is a file/);
    expect(stdout).toMatch(/– get .*'put' failed/);
    expect(stdout).toContain('1 passed, 1 failed, 5 skipped');
  });

  test('a storage that workers cannot reach is found by the backend’s checks', async () => {
    const env = { SKEIN_STORAGE: 'memory:' };
    const report = json(await command({ cwd: folder(), env }, 'test', 'put', 'call', '--json')) as Report;
    expect(statuses(report)).toEqual({ configuration: 'passed', put: 'passed', call: 'failed' });
    expect(report.checks[2]?.advice).toContain('Workers cannot reach this storage');
  });

  test('a wrong configuration fails the first check, and the others are not tried', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'skein.config.json'), '{"wokers": 2}');
    const ended = await command({ cwd }, 'test', '--json');
    const report = json(ended) as Report;
    expect(ended.code).toBe(1);
    expect(report.ok).toBe(false);
    expect(report.checks[0]).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining("did you mean 'workers'?") },
    });
    expect(new Set(report.checks.slice(1).map(({ status }) => status))).toEqual(new Set(['skipped']));
  });

  test('threads are not killed: they would take the command along', async () => {
    const env = { SKEIN_LOCALHOST_ISOLATION: 'thread' };
    const report = json(await command({ cwd: folder(), env }, 'test', 'death', '--json')) as Report;
    expect(report.checks[1]).toMatchObject({ status: 'skipped', detail: expect.stringContaining('threads') });
  });

  test('a check that takes too long fails, and nothing hangs', async () => {
    const { code, stdout } = await command({ cwd: folder() }, 'test', 'parallel', '--timeout', '1');
    expect(code).toBe(1);
    expect(stdout).toContain('it was not done after 1 s');
  });

  test('a storage that never answers is not waited for', async () => {
    const cwd = folder();
    writeFileSync(
      join(cwd, 'skein.config.mjs'),
      `setInterval(() => {}, 1000); // as an open connection would
       const never = () => new Promise(() => {});
       export default { storage: {
         kind: 'silent', reach: 'anywhere', capabilities: new Set(), put: never, get: never, head: never,
         delete: never, createBucket: never, headBucket: never, deleteBucket: never, close: never,
         async *list() { await never(); },
       } };`,
    );
    const { code, stdout } = await command({ cwd }, 'test', 'put', 'get', '--timeout', '1');
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ put .*\n +it was not done after 1 s\n +→ Look at the address/);
    expect(stdout).toContain('1 passed, 1 failed, 1 skipped');
  });

  test('an unknown check suggests the nearest, and nothing runs', async () => {
    const cwd = folder();
    const { code, stdout, stderr } = await command({ cwd }, 'test', 'storge');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe("skein: there is no check 'storge' (did you mean storage?)\n");
    expect(readdirSync(cwd)).toEqual([]);
  });
});
