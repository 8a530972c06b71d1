import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Whether a process is there and not merely waiting to be collected. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Scratch folders of executors on this machine. */
export function scratchFolders(): Set<string> {
  return new Set(readdirSync(tmpdir()).filter((name) => /^skein-[0-9a-f]{16}$/.test(name)));
}

/** Looks until the condition holds. The event it waits for happens in other processes, which tell nobody. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 10_000,
): Promise<void> {
  for (const end = Date.now() + ms; !(await condition()); ) {
    if (Date.now() > end) throw new Error(`${what}: not after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
