import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inject, onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('./racer.ts', import.meta.url));

/** A process that waits to be let go. @param address of a storage, or its configuration as JSON */
export async function racer(
  task: string,
  address: string,
  times = 1,
  env: NodeJS.ProcessEnv = {},
): Promise<ChildProcess> {
  const child = fork(program, [task, address, String(times)], {
    execArgv: [...inject('nodeFlags')],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await said(child, (message) => message === 'ready');
  return child;
}

export async function said(
  child: ChildProcess,
  wanted: (message: unknown) => boolean = () => true,
): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)));
  ended.catch(() => {});
  for (;;) {
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
    if (wanted(message)) return message;
  }
}

/** Lets processes go at once, and gives their results. */
export async function race(children: readonly ChildProcess[]): Promise<unknown[]> {
  const results = children.map(async (child) => {
    const message = await said(child, (one) => typeof one === 'object');
    return (message as { result: unknown }).result;
  });
  for (const child of children) child.send('go');
  return Promise.all(results);
}
