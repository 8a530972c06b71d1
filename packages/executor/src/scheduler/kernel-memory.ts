/** Whether the kernel has killed processes of this control group for want of memory (Linux, cgroup v2). */
import { readFileSync } from 'node:fs';

/** How many it has killed so far; 0 where nobody counts. */
export function kernelKills(): number {
  try {
    const group = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
    const events = readFileSync(`/sys/fs/cgroup${group === '/' ? '' : group}/memory.events`, 'utf8');
    return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
