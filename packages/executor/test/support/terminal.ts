/** A program in a pseudo-terminal, and what stands on its screen in the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import xterm from '@xterm/headless';

export interface Session {
  /** Everything that was written to the terminal, in order. */
  readonly raw: string;
  /** The lines of the screen and of what has left it at the top, as one would read them. */
  readonly lines: readonly string[];
  readonly code: number | null;
}

const ROWS = 24;

/** Runs `command` in a terminal of this many columns. `script` of util-linux makes the terminal. */
export async function runInTerminal(
  command: readonly string[],
  options: {
    readonly columns: number;
    readonly env?: Readonly<Record<string, string | undefined>>;
    /** Called with all that was written so far, whenever more is; `type` is its keyboard. */
    readonly onOutput?: (raw: string, type: (keys: string) => void) => void;
  },
): Promise<Session> {
  const line = `stty cols ${options.columns} rows ${ROWS} -echo; exec ${command.map(quoted).join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, CI: undefined, TERM: 'xterm', LANG: 'C.UTF-8', LC_ALL: undefined, ...options.env },
  });
  let raw = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text;
    options.onOutput?.(raw, (keys) => child.stdin.write(keys));
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { raw, lines: await screenOf(raw, options.columns), code };
}

/** What a terminal shows that was sent this. */
export async function screenOf(raw: string, columns: number): Promise<string[]> {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows: ROWS,
    scrollback: 10_000,
    allowProposedApi: true,
  });
  await new Promise<void>((resolve) => terminal.write(raw, resolve));
  const buffer = terminal.buffer.active;
  const lines = Array.from(
    { length: buffer.length },
    (_, y) => buffer.getLine(y)?.translateToString(true) ?? '',
  );
  await after(0); // xterm parses in turns of its own
  terminal.dispose();
  return lines.join('\n').trimEnd().split('\n');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
