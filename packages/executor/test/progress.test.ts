import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { isWatched } from '../src/report/progress-bar.ts';
import { plainName, progressLine } from '../src/report/progress-line.ts';
import { runInTerminal, type Session } from './support/terminal.ts';

const client = fileURLToPath(new URL('./support/progress-client.ts', import.meta.url));
const command = (...args: string[]): string[] => [process.execPath, ...inject('nodeFlags'), client, ...args];

const run = (
  args: readonly string[],
  options: Partial<Parameters<typeof runInTerminal>[1]> = {},
): Promise<Session> => runInTerminal(command(...args), { columns: 80, ...options });

const BAR = /[█░#-]{8,}/;

/** What was drawn of the bar, one after another. */
const drawings = ({ raw }: Session): string[] =>
  raw.split(/\r|\n/).filter((part) => BAR.test(part) || /\d\/\d+ {2}/.test(part));

/** Types `keys` when the terminal shows what is looked for, once. */
const onceSeen = (wanted: RegExp, keys: string): ((raw: string, type: (keys: string) => void) => void) => {
  let typed = false;
  return (raw, type) => {
    if (typed || !wanted.test(raw)) return;
    typed = true;
    type(keys);
  };
};

// Other systems have another `script`.
describe.runIf(process.platform === 'linux').concurrent('the progress bar in a terminal', () => {
  test('shows how many calls of how many have ended, how fast, and how long it will take', async () => {
    const started = performance.now();
    const session = await run(['plain']);
    const seen = drawings(session);
    expect(seen.length).toBeGreaterThan(2);
    // Ten times a second at most.
    expect(seen.length).toBeLessThan((performance.now() - started) / 100 + 2);
    expect(seen.some((line) => /steady {2}█*░+ {2}\d+\/40 {2}[\d.]+\/s {2}0:0\d left/.test(line))).toBe(true);
    // Nothing of it is left.
    expect(session.lines).toEqual(['the end']);
    expect(session.code).toBe(0);
  });

  test('is not drawn for a job that is over at once', async () => {
    const session = await run(['short']);
    // On a machine so busy that even this job took long, a bar was right.
    if (session.lines[0] === 'short') expect(session.raw).toBe('short\r\nthe end\r\n');
  });

  test.each([
    ['the option says no', ['off'], {}],
    ['agents write to the terminal themselves', ['few', 'subprocess'], {}],
    ['the terminal cannot', ['plain'], { TERM: 'dumb' }],
    ['it is CI that looks', ['plain'], { CI: 'true' }],
  ])('is not drawn when %s', async (_why, args, env) => {
    expect((await run(args, { env })).raw).toBe('the end\r\n');
  });

  test('is one for all jobs, and plain where the terminal knows no other letters', async () => {
    const session = await run(['two-jobs'], { env: { LANG: 'C' } });
    expect(drawings(session).some((line) => /2 jobs {2}#*-+ {2}\d+\/80 {2}/.test(line))).toBe(true);
    expect(session.lines).toEqual(['the end']);
  });

  test('counts failures', async () => {
    const session = await run(['failing']);
    expect(drawings(session).some((line) => /\d+\/40 {2}\d+ failed {2}/.test(line))).toBe(true);
    expect(session.lines).toEqual(['the end']);
  });

  test('B1: breaks no line that the program prints, on either stream', async () => {
    const session = await run(['printing-client']);
    expect(drawings(session).length).toBeGreaterThan(2);
    const printed = session.lines.slice(0, -1);
    const rounds = printed.length / 3;
    const expected = Array.from({ length: rounds }, (_, i) => [`out ${i}`, `err ${i}`, `above ${i}`]).flat();
    expect(rounds).toBeGreaterThan(5);
    expect(printed).toEqual(expected);
    expect(session.lines.at(-1)).toBe('the end');
  });

  test.each(['process', 'thread'])('B1: breaks no line that calls print in a %s', async (isolation) => {
    const session = await run(['printing-calls', isolation]);
    expect(drawings(session).length).toBeGreaterThan(2);
    const wanted = Array.from({ length: 40 }, (_, i) => [`call ${i} begins`, `call ${i} ends`]).flat();
    expect(session.lines.toSorted()).toEqual([...wanted, 'the end'].toSorted());
  });

  test('B1: leaves a line alone that has been begun', async () => {
    const session = await run(['half-lines']);
    const all = session.lines.join('').replace(/\s/g, '');
    expect(all).toMatch(/^working\.+donetheend$/);
    expect(session.lines.filter((line) => BAR.test(line))).toEqual([]);
  });

  test('never fills a narrow terminal’s line', async () => {
    const session = await run(['plain'], { columns: 20 });
    expect(drawings(session).length).toBeGreaterThan(2);
    for (const line of drawings(session)) expect(line.split('\u001b')[0]!.trim().length).toBeLessThan(20);
    expect(session.lines).toEqual(['the end']);
  });

  test('B2: is gone when Ctrl-C ends the program', async () => {
    const session = await run(['endless'], { onOutput: onceSeen(BAR, '\u0003') });
    expect(session.lines.join('')).not.toMatch(BAR);
    expect(session.code).toBe(130);
  });

  test('B2: is gone when an exception ends the program', async () => {
    const session = await run(['throwing'], { onOutput: onceSeen(BAR, '\n') });
    expect(drawings(session).length).toBeGreaterThan(0);
    expect(session.lines.filter((line) => BAR.test(line))).toEqual([]);
    expect(session.lines.join('\n')).toContain('Error: the program is wrong');
  });
});

describe('the progress bar elsewhere', () => {
  test('nothing is written where standard error is no terminal', async () => {
    const child = spawn(process.execPath, command('plain').slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    expect(await Promise.all([text(child.stdout), text(child.stderr)])).toEqual(['the end\n', '']);
  });

  test.each([
    [true, { isTTY: true }, {}],
    [true, { isTTY: true }, { CI: 'false' }],
    [false, { isTTY: true }, { CI: '1' }],
    [false, { isTTY: true }, { TERM: 'dumb' }],
    [false, { isTTY: false }, {}],
  ])('is watched: %s, for %o in %o', (watched, stream, env) => {
    expect(isWatched(stream, env)).toBe(watched);
  });
});

describe('the line', () => {
  const state = { title: 'resize', settled: 450, failed: 2, total: 1_000, rate: 123.4 };

  test('says what is known', () => {
    expect(progressLine(state, 100, false)).toBe(
      'resize  ##########--------------  450/1,000  2 failed  123/s  0:05 left',
    );
    expect(progressLine({ ...state, total: undefined, failed: 0 }, 100, true)).toBe('resize  450  123/s');
    expect(progressLine({ ...state, settled: 0, failed: 0, rate: 0 }, 100, true)).toBe(
      `resize  ${'░'.repeat(24)}  0/1,000`,
    );
    expect(progressLine({ ...state, rate: 0.1 }, 100, false)).toMatch(/0\.10\/s {2}1:31:40 left$/);
  });

  test.each([79, 60, 40, 20, 8, 2])('is shorter than a terminal of %i columns', (columns) => {
    expect(progressLine(state, columns, true).length).toBeLessThan(columns);
  });

  test('has no character of a name that would move the cursor', () => {
    expect(plainName('a\u001b[2J\r\nb計')).toBe('a?[2J??b?');
  });
});
