/**
 * The servers that tests need, fetched in the background from the beginning: some are compiled, which takes minutes, and
 * other stages leave the processors idle for some of them. Only in CI: elsewhere nothing is compiled unasked.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { root } from '../lib/command.mjs';

/** What is quickly there comes first. */
const SERVERS = ['redis', 'etcd', 'azurite', 'swift', 'infinispan', 'versitygw', 'fake-gcs'];

/** A test that needs one of them waits for it, and says what is wrong when it does not come. */
export function installServersInBackground(): void {
  if (process.env['CI'] === undefined) return;
  mkdirSync(`${root}.cache`, { recursive: true });
  const log = openSync(`${root}.cache/servers.log`, 'w');
  const program = `${root}tools/servers/install.ts`;
  const installing = spawn(process.execPath, ['--import', 'tsx', program, ...SERVERS], {
    cwd: root,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const { pid } = installing;
  // What it starts inherits it: tests, which measure times, come first.
  if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  installing.on('error', () => {}); // the tests will tell
  installing.unref();
  process.on('exit', () => installing.kill());
}
