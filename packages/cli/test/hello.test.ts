import { describe, expect, test } from 'vitest';
import { command, folder, json } from './command.ts';

describe('skein hello', () => {
  test('tells who answered, how fast, and what to try next', async () => {
    const { code, stdout, stderr } = await command({ cwd: folder() }, 'hello');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^5 calls on localhost:$/m);
    expect(stdout).toMatch(/^Hello, Ada! +w\d+ +\d+ +\S+$/m);
    expect(stdout).toMatch(/the first result came after [\d.]+ m?s, all after [\d.]+ m?s/);
    expect(stdout).toContain('skein run FILE');
    expect(stdout).not.toContain('\u001b');
  });

  test('--json is one document, with as many answers as calls', async () => {
    const ended = await command({ cwd: folder() }, 'hello', '-n', '13', '--json');
    const { answers, ...sums } = json(ended) as { answers: object[] };
    expect(sums).toEqual({
      backend: 'localhost',
      calls: 13,
      workers: expect.any(Number),
      firstResultMs: expect.any(Number),
      allResultsMs: expect.any(Number),
    });
    expect(answers).toHaveLength(13);
    expect(answers[10]).toEqual({
      greeting: 'Hello, Ada 2!',
      pid: expect.any(Number),
      host: expect.any(String),
      worker: expect.any(String),
    });
  });

  test('runs where the configuration says', async () => {
    const env = { SKEIN_BACKEND: 'subprocess' };
    const { stdout } = await command({ cwd: folder(), env }, '--json', 'hello', '-n', '1');
    expect(JSON.parse(stdout)).toMatchObject({ backend: 'subprocess' });
  });

  test('a backend that cannot work is one line on stderr and code 1', async () => {
    const env = { SKEIN_STORAGE: 'memory:' };
    const { code, stdout, stderr } = await command({ cwd: folder(), env }, 'hello', '--json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^skein: .*storage.*another process.*\n$/);
  });

  test.each(['0', '1.5', 'many', '-3'])('-n %s is refused', async (count) => {
    const { code, stderr } = await command({ cwd: folder() }, 'hello', `-n${count}`);
    expect(code).toBe(2);
    expect(stderr).toContain(`'${count}' is invalid. expected a whole number from 1.`);
  });
});
