/** Whether a process still lives: its number alone is given again, and means nothing in another container or after a restart. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where the number of a process means what it means here. */
export interface ProcessPlace {
  readonly host: string;
  /** Which run of that host, and which namespace of process numbers; empty where the system does not tell. */
  readonly boot: string;
  readonly namespace: string;
}

let place: ProcessPlace | undefined;

/** That of this process. */
export function processPlace(): ProcessPlace {
  place ??= {
    host: hostname(),
    boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()),
    namespace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
  };
  return place;
}

/** When a process or thread of this place started, in ticks since the boot; empty where the system does not tell. */
export function startOf(id: number): string {
  return statusOf(id)?.start ?? '';
}

/** Whether the process or thread of this place that had this number when it started then lives. */
export function isRunning(id: number, start: string): boolean {
  try {
    process.kill(id, 0);
  } catch (error) {
    // EPERM is somebody else's process, and there.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const status = statusOf(id);
  if (status === undefined) return true;
  return status.state !== 'Z' && (start === '' || status.start === start);
}

/** See proc(5), /proc/pid/stat: the name of the program is in parentheses and may hold anything. */
function statusOf(id: number): { readonly state: string; readonly start: string } | undefined {
  const text = orEmpty(() => readFileSync(`/proc/${id}/stat`, 'latin1'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : undefined;
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
