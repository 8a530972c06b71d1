import { type ChildProcess, fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Bundle, bundle, type CapturedCode, type CaptureOptions, capture } from '@skein/closure';
import { decode } from '@skein/codec';
import { afterAll } from 'vitest';
import type { Answer, Request } from './runner.ts';

let child: ChildProcess | undefined;
afterAll(() => child?.disconnect());

/** Sends one request to the runner of this test file, a process of its own, and waits for the answer. */
export async function ask(request: Request): Promise<Answer> {
  child ??= fork(fileURLToPath(new URL('./runner.ts', import.meta.url)), {
    serialization: 'advanced',
    cwd: tmpdir(),
    execArgv: ['--no-warnings', '--conditions=source', '--import', import.meta.resolve('tsx')],
  });
  const runner = child;
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`the runner left with code ${code}`));
    runner.once('exit', gone);
    runner.once('message', (message) => {
      runner.off('exit', gone);
      resolve(message as Answer);
    });
    runner.send(request);
  });
}

/** Runs a function in the runner: captured here, called there, its result decoded here. */
export async function remote<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
  return remoteWith({}, fn, ...args);
}

/** As `remote`, with options of `capture`. */
export async function remoteWith<A extends unknown[], R>(
  options: CaptureOptions,
  fn: (...args: A) => R,
  ...args: A
): Promise<Awaited<R>> {
  const captured = capture(fn, { warn: () => {}, ...options });
  const { encoded, codes, functions } = captured.encodeArguments(args, 'args');
  const answer = await ask({
    kind: 'call',
    code: loadable(await bundle(captured.code)),
    values: captured.values.toBytes(),
    codes: (await Promise.all(codes.map((code: CapturedCode) => bundle(code)))).map(loadable),
    args: encoded.toBytes(),
  });
  if (answer.kind === 'failure') throw new Error(answer.message);
  const value = decode<Awaited<R>>(answer.bytes, { functions });
  if (answer.kind === 'error') throw value;
  return value;
}

function loadable({ hash, code, externals, base }: Bundle): Extract<Request, { kind: 'call' }>['code'] {
  return { hash, code, externals, base };
}
