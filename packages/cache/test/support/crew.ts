import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, inject } from 'vitest';
import type { Task } from './member.ts';

const program = fileURLToPath(new URL('./member.ts', import.meta.url));

const started = new Set<ChildProcess>();
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** Processes that wait for tasks, and go with the tests of a file. */
export async function crew(size: number, env: NodeJS.ProcessEnv = {}): Promise<ChildProcess[]> {
  const options = { execArgv: [...inject('nodeFlags')], env: { ...process.env, ...env } };
  const children = Array.from({ length: size }, () => fork(program, options));
  for (const child of children) started.add(child);
  await Promise.all(children.map((child) => said(child, 'ready')));
  return children;
}

/** Gives all a task at once, the same or one for each. @returns their results */
export function race<R>(
  children: readonly ChildProcess[],
  task: Task | ((child: number) => Task),
): Promise<R[]> {
  const results = children.map((child) => resultOf<R>(child));
  for (const [i, child] of children.entries()) child.send(typeof task === 'function' ? task(i) : task);
  return Promise.all(results);
}

export async function resultOf<R>(child: ChildProcess): Promise<R> {
  const message = await said(child, (one) => typeof one === 'object');
  return (message as { result: R }).result;
}

export function said(
  child: ChildProcess,
  wanted: string | ((message: unknown) => boolean),
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (work: () => void): void => {
      child.off('message', hear).off('exit', end);
      work();
    };
    const hear = (message: unknown): void => {
      if (typeof wanted === 'string' ? message === wanted : wanted(message)) settle(() => resolve(message));
    };
    const end = (code: unknown): void => settle(() => reject(new Error(`it ended with ${code}`)));
    child.on('message', hear).on('exit', end);
  });
}
