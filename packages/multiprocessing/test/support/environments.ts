/** Where the same tests run: on each way to start processes, with shared objects in this process and at a server. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { type Context, getContext } from '../../src/index.ts';
import type { RuntimeOptions } from '../../src/runtime.ts';

export interface Environment {
  readonly name: string;
  readonly isolation: 'process' | 'thread' | 'subprocess';
  /** Made anew for each file, and closed after it. */
  readonly context: Context;
}

const ALL: readonly (readonly [Environment['isolation'], where: 'embedded' | 'server', RuntimeOptions])[] = [
  ['process', 'embedded', { executor: { backend: 'localhost' } }],
  ['thread', 'server', { executor: { backend: 'localhost', localhost: { isolation: 'thread' } } }],
  ['subprocess', 'embedded', { executor: { backend: 'subprocess' } }],
];

const serverFile = fileURLToPath(
  new URL(
    `../../../../services/dso-server/${inject('built') ? 'bin/skein-dso-server.js' : 'src/main.ts'}`,
    import.meta.url,
  ),
);

/** The same claims in every environment. */
export function everywhere(what: string, claims: (environment: Environment) => void): void {
  describe.each(ALL)(`${what}: %s, %s`, (isolation, where, options) => {
    let context: Context | undefined;
    let stop = async (): Promise<void> => {};
    beforeAll(async () => {
      let dso = 'embedded:';
      if (where === 'server') ({ url: dso, stop } = await startServer());
      context = getContext({ ...options, dso, logs: 'keep' });
    });
    afterAll(async () => {
      await context?.close();
      await stop();
    });
    claims({
      name: `${isolation}, ${where}`,
      isolation,
      get context() {
        return context!;
      },
    });
  });
}

/** A `skein-dso-server` in a process of its own, on a free port of loopback. */
export async function startServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = fork(serverFile, ['--listen', '127.0.0.1:0', '--allow-user-classes'], {
    execArgv: inject('built') ? [] : [...inject('nodeFlags')],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      said += String(chunk);
      const found = /dso:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found !== null) resolve(found[0]);
    });
    child.on('exit', () => reject(new Error(`the server did not start: ${said}`)));
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
