/**
 * One shape (or all whose name contains it) on one host, with full errors:
 *   npx tsx packages/closure/test/matrix/one.ts 'node 20 ES' 'two closures'
 */
import { hosts } from './hosts.ts';
import { knownFailuresOf } from './known-failures.ts';
import { nodeBinary } from './nodes.ts';
import { cleanUp, prepare } from './prepare.ts';
import { runOnHost } from './run-on-host.ts';

const [hostName = 'node 20 ES modules', shapeName = ''] = process.argv.slice(2);
const chosen = hosts.filter((host) => host.name.includes(hostName));
if (chosen.length === 0)
  throw new Error(
    `no host is called "${hostName}"; there are:\n${hosts.map((host) => host.name).join('\n')}`,
  );
process.on('exit', cleanUp);
await prepare();
for (const host of chosen) {
  const node = await nodeBinary(host.node);
  if (node === undefined) continue;
  const known = knownFailuresOf(host.name);
  const { rows } = await runOnHost(host, node, shapeName === '' ? undefined : shapeName);
  console.log(`\n${host.name}`);
  for (const [name, outcome] of Object.entries(rows))
    if (outcome !== 'ok') console.log(`  ${known.has(name) ? 'known' : 'FAIL '} ${name}\n        ${outcome}`);
  const passed = Object.values(rows).filter((outcome) => outcome === 'ok').length;
  console.log(`  ${passed} of ${Object.keys(rows).length} passed`);
}
