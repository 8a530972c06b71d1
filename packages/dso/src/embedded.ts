/** A node within this process: what `connect()` gives with nothing configured. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processState } from './process-state.ts';
import { listen } from './server/listen.ts';
import { Node } from './server/node.ts';

export interface Embedded {
  /** The socket's path: how workers of this machine reach it. */
  readonly path: string;
  close(): Promise<void>;
}

const PREFIX = 'skein-dso-';

/** Starts a node that workers of this machine reach, and nobody else: its folder is the user's own. */
export async function embed(options: {
  readonly userCodeTimeLimitMs?: number | undefined;
}): Promise<Embedded> {
  sweep();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const path = join(folder, 'node.sock');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  const { userCodeTimeLimitMs } = options;
  const node = new Node({
    address: path,
    allowUserCode: true,
    ...(userCodeTimeLimitMs === undefined ? {} : { userCodeTimeLimitMs }),
  });
  const listening = await listen(node, { path });
  // It serves; what uses it keeps the process running.
  listening.hold(false);
  processState().embedded.set(path, node);
  return {
    path,
    async close() {
      processState().embedded.delete(path);
      await node.close();
      listening.destroy();
      await listening.close();
      remove();
      process.off('exit', remove);
    },
  };
}

/** Removes what processes have left that were killed. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (!(pid > 0) || isAlive(pid)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
