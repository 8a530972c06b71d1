import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Answer, Request } from './child.ts';

export interface ShapeWorker {
  run(request: Omit<Request, 'id'>): Promise<Answer>;
  close(): void;
}

/**
 * Starts the bare child: it has the load side of the library and nothing else, no variable of this
 * process's environment, no flag of its command line, and another working directory.
 */
export function startWorker(): ShapeWorker {
  const child = fork(fileURLToPath(new URL('./child.mjs', import.meta.url)), [], {
    serialization: 'advanced',
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] },
    execArgv: ['--no-warnings', ...(process.env['SKEIN_MATRIX_CHILD_FLAGS']?.split(' ') ?? [])],
  });
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let requests = 0;
  let gone: Error | undefined;
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  child.on('exit', (code, signal) => {
    gone = new Error(`the child left with code ${code}, signal ${signal}`);
    for (const { reject } of waiting.values()) reject(gone);
  });
  return {
    run: (request) =>
      new Promise((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        const id = requests++;
        waiting.set(id, { resolve, reject });
        child.send({ ...request, id } satisfies Request);
      }),
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}
