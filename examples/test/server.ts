import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

const main = fileURLToPath(new URL('../../services/dso-server/src/main.ts', import.meta.url));
const bin = fileURLToPath(new URL('../../node_modules/.bin/skein-dso-server', import.meta.url));

/** A `skein-dso-server` of its own process. */
export interface Server extends AsyncDisposable {
  /** What SKEIN_DSO has to say. */
  readonly url: string;
  /** The lines that it has printed. */
  readonly lines: readonly string[];
}

/** Starts a server at a port that is free. */
export async function startServer(): Promise<Server> {
  const flags = ['--listen', '127.0.0.1:0', '--user-code-time-limit-ms', '60000'];
  const [program, args] = inject('built')
    ? [bin, flags]
    : [process.execPath, [...inject('nodeFlags'), main, ...flags]];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      const [found] = /\bdso:\/\/[\w.:]+/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    ended.then(
      ([code]) => reject(new Error(`the server ended with code ${code} before it was ready`)),
      reject,
    );
  });
  return {
    url,
    lines,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}
