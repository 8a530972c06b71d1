/** Ends what a process has started when that process is gone, however it went. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Whoever is killed can clean nothing up: so a shell waits for the end of its input, which comes with that death. */
const script = `
groups=
while read -r line; do groups=$line; done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$1"
`;

export interface Guard {
  /** The process groups to end, each time all of them. */
  watch(groups: readonly number[]): void;
  /** Ends them, removes the folder, and is gone. */
  release(): Promise<void>;
}

/** @param folder what is removed in the end */
export function guard(folder: string): Guard {
  // In a session of its own: Ctrl-C at the terminal is for us, and not for the one who cleans up after us.
  const shell = spawn('/bin/sh', ['-c', script, 'sh', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // One that was killed itself is told by nothing else.
  shell.stdin.on('error', () => {});
  const gone = once(shell, 'close');
  gone.catch(() => {});
  return {
    watch: (groups) => {
      shell.stdin.write(`${groups.join(' ')}\n`);
    },
    release: async () => {
      shell.stdin.end();
      await gone;
    },
  };
}
