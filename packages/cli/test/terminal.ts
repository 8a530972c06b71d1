import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type Surroundings, start, surroundings } from './command.ts';

/** util-linux's, which gives a program a terminal; that of BSD and macOS takes other options. */
export const hasTerminal: boolean =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

/** Answers each question once it has been asked. */
export async function atTerminal(
  { cwd, env }: Surroundings,
  args: readonly string[],
  answers: readonly (readonly [question: string, keys: string])[],
): Promise<{ status: number | null; output: string }> {
  const quoted = [process.execPath, ...start, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const line = `stty cols 100 rows 40; exec ${quoted.join(' ')}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd, env: surroundings(cwd, env) });
  const open = [...answers];
  let output = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const [next] = open;
    if (next === undefined || !output.includes(next[0], seen)) return;
    seen = output.length;
    open.shift();
    child.stdin.write(next[1]);
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}
