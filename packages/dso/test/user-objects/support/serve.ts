/** Shared objects for tests: a node of their own, and handles that have travelled. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from '@skein/codec';
import { connect, type Dso } from '../../../src/index.ts';
import { Node, type NodeOptions, UserTasks } from '../../../src/server/index.ts';
import { listen } from '../../../src/server/listen.ts';
import type { UserHostOptions } from '../../../src/user/user-host.ts';

export interface Served extends AsyncDisposable {
  readonly dso: Dso;
  readonly node: Node;
}

/** A node with the options that only servers have, and a client of it. */
export async function serve({
  preload,
  host = {},
  ...options
}: Partial<NodeOptions> & {
  readonly preload?: string;
  readonly host?: UserHostOptions;
}): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'skein-test-'));
  const path = join(folder, 'node.sock');
  const userTasks = new UserTasks({ allowShipped: options.allowUserCode ?? true, threads: 1, ...host });
  if (preload !== undefined) await userTasks.preload(preload);
  const node = new Node({ address: path, ...options, userTasks });
  const listening = await listen(node, { path });
  const dso = await connect(`dso+unix:${path}`);
  return {
    dso,
    node,
    async [Symbol.asyncDispose]() {
      await dso.close();
      await node.close();
      listening.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A handle as a worker has it: without the class and the arguments. */
export function travelled<T extends object>(handle: T): T {
  return decode<T>(encode(handle).toBytes());
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error as Error & Record<string, unknown>;
  throw new Error(`it was expected to fail, and gave ${String(outcome.value)}`);
}
