/** A client is told when nobody answers, whatever that looks like, and finds those who do. */
import { expect, onTestFinished, test } from 'vitest';
import { parseAddress } from '../../src/client/address.ts';
import { Cluster, DEFAULT_TIMES } from '../../src/client/cluster.ts';
import { Dso } from '../../src/dso.ts';
import { slotOf } from '../../src/ring/hash.ts';
import { Ring } from '../../src/ring/ring.ts';
import { Node } from '../../src/server/index.ts';
import { listen } from '../../src/server/listen.ts';
import { startNode } from '../support/processes.ts';
import { scriptNode } from '../support/scripted-node.ts';
import { separate } from '../support/separate.ts';

const hostOf = (url: string): string => url.replace('dso://', '');

test('a host that takes connections and never says a word is passed over', async () => {
  const silent = await scriptNode();
  const node = await startNode();
  const alone = expect(separate(silent.url)).rejects.toMatchObject({
    code: 'not-connected',
    message: expect.stringContaining('no welcome within 5 s'),
  });
  await using dso = await separate(`${silent.url},${hostOf(node.url)}`);
  expect(await dso.counter('hits').increment()).toBe(1);
  await alone;
}, 30_000);

/** Two nodes in this process that share the objects. */
async function startPair(): Promise<readonly [string, string]> {
  const nodes: Node[] = [];
  const listening = await Promise.all(
    [0, 1].map((i) =>
      listen({ accept: (transport) => nodes[i]!.accept(transport) }, { host: '127.0.0.1', port: 0 }),
    ),
  );
  const members = listening.map(({ port }) => `127.0.0.1:${port}`);
  for (const address of members) nodes.push(new Node({ address, members }));
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await Promise.all(
      listening.map((one) => {
        one.destroy();
        return one.close();
      }),
    );
  });
  return [members[0]!, members[1]!];
}

test.each([
  ['of one member', (first: string) => first],
  ['of which the first is not there', (first: string) => `127.0.0.1:1,${first}`],
])(
  'calls before the members are known are not overtaken by those after: an address %s',
  async (_, addressOf) => {
    const members = await startPair();
    const ring = new Ring(members);
    const keys = Array.from({ length: 100 }, (_, i) => `list ${i}`);
    // The one that is not in the address.
    const key = keys.find((one) => ring.ownerOf(slotOf('list', one)) === members[1])!;
    const cluster = new Cluster({
      address: parseAddress(`dso://${addressOf(members[0])}`),
      token: undefined,
      tls: {},
      ...DEFAULT_TIMES,
    });
    await using dso = new Dso(cluster, () => cluster.close());
    const list = dso.list<number>(key);
    const early = Array.from({ length: 50 }, (_, i) => list.append([i]));
    await cluster.open();
    // In the very turn in which the members are known.
    const late = Array.from({ length: 50 }, (_, i) => list.append([50 + i]));
    await Promise.all([...early, ...late]);
    expect(await list.slice()).toEqual(Array.from({ length: 100 }, (_, i) => i));
  },
);

test('what is asked of a connection that was closed is refused', async () => {
  const node = await startNode();
  const dso = await separate(node.url);
  const link = dso.cluster.linkOf(0);
  await dso.close();
  await expect(link.open()).rejects.toMatchObject({ code: 'closed' });
  await expect(link.administer('stats', [])).rejects.toMatchObject({ code: 'closed' });
  await expect(link.sendCode('hash', new Uint8Array(1))).rejects.toMatchObject({ code: 'closed' });
});
