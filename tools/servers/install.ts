/**
 * Installs servers ahead of the tests that need them: node --import tsx tools/servers/install.ts [name…]
 * Without names it lists them. What is there already is left as it is; a test that needs one meanwhile waits for it.
 */
import { seconds } from '../lib/say.mjs';
import { findAzurite } from './azurite.ts';
import { findEtcd } from './etcd.ts';
import { findFakeGcs } from './fake-gcs.ts';
import { findInfinispan } from './infinispan.ts';
import { findMinio } from './minio.ts';
import type { Program } from './program.ts';
import { findRedis } from './redis.ts';
import { findSwift } from './swift.ts';
import { findVersitygw } from './versitygw.ts';

const finders: ReadonlyMap<string, (options: { readonly install: boolean }) => Promise<Program>> = new Map([
  ['redis', findRedis],
  ['etcd', findEtcd],
  ['azurite', findAzurite],
  ['swift', findSwift],
  ['infinispan', findInfinispan],
  ['fake-gcs', findFakeGcs],
  ['versitygw', findVersitygw],
  ['minio', findMinio],
]);

const names = process.argv.slice(2);
const unknown = names.find((name) => !finders.has(name));
if (names.length === 0 || unknown !== undefined) {
  const list = [...finders.keys()].join(', ');
  console.error(unknown === undefined ? `servers: ${list}` : `${unknown}: expected some of ${list}`);
  process.exit(2);
}
// One after the other: each keeps all cores busy.
for (const name of names) await install(name);

async function install(name: string): Promise<void> {
  const began = performance.now();
  const took = (): string => seconds(performance.now() - began);
  try {
    const program = await finders.get(name)?.({ install: true });
    console.log(`${name} ${program?.version} is installed: ${took()}`);
  } catch (error) {
    console.error(`${name} failed after ${took()}:`, error);
    process.exitCode = 1;
  }
}
