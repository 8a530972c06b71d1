/**
 * Cleans up after a client that cannot do it: a shell of a few kilobytes that waits for the end of its input, which
 * comes however the client dies, then ends the workers and their children and removes the scratch folder. Workers that
 * are busy or stopped cannot notice by themselves that their client is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';

const SCRIPT = `
trap '' INT TERM HUP
pids=
while read -r verb value; do
  case $verb in
    start) pids="$pids $value" ;;
    ended) pids=$(for p in $pids; do [ "$p" = "$value" ] || printf ' %s' "$p"; done) ;;
  esac
done
for p in $pids; do kill -9 "-$p"; kill -9 "$p"; done 2>/dev/null
rm -rf -- "$1"
`;

export class Reaper {
  readonly #directory: string;
  #shell: ChildProcess | undefined;

  /** @param directory removed when this process is gone. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Without a shell (on Windows) workers leave when their pipe ends, which is all there can be. */
  start(): void {
    if (process.platform === 'win32' || this.#shell !== undefined) return;
    const shell = spawn('/bin/sh', ['-c', SCRIPT, 'skein-reaper', this.#directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: { PATH: '/usr/bin:/bin' },
      cwd: '/',
    });
    shell.on('error', () => {});
    shell.stdin?.on('error', () => {});
    shell.unref();
    (shell.stdin as unknown as { unref(): void }).unref();
    this.#shell = shell;
  }

  started(pid: number): void {
    this.#shell?.stdin?.write(`start ${pid}\n`);
  }

  ended(pid: number): void {
    this.#shell?.stdin?.write(`ended ${pid}\n`);
  }

  /** Its work done early: resolves when the folder is gone and the shell has left. */
  async close(): Promise<void> {
    const shell = this.#shell;
    if (shell === undefined || shell.exitCode !== null) return;
    const left = new Promise<void>((resolve) => {
      shell.once('exit', () => resolve());
      shell.once('error', () => resolve());
    });
    shell.ref();
    shell.stdin?.end();
    await left;
  }
}
