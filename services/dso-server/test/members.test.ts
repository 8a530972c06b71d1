/** Two servers share the objects: by the ring, which servers and clients compute alike. */
import { expect, test } from 'vitest';
import { startServer } from '../src/index.ts';
import { client, failure } from './support/client.ts';
import { folder } from './support/folder.ts';
import { freePorts } from './support/ports.ts';
import { answerOf, frame, hello, rawSocket, text, varint } from './support/raw.ts';
import { type StartedServer, startProgram } from './support/server.ts';

async function startTwo(): Promise<readonly [StartedServer, StartedServer]> {
  const addresses = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
  const start = (address: string): Promise<StartedServer> =>
    startProgram(['--listen', address, '--membership', `static:${addresses.join(',')}`]);
  return Promise.all([start(addresses[0]!), start(addresses[1]!)]);
}

test.each(['dso:', 'grpc:'])(
  '%s: clients of either server see all objects, which lie on both',
  async (scheme) => {
    const [a, b] = await startTwo();
    const overA = await client(a.url(scheme));
    const overB = await client(b.url(scheme));
    expect([...(await overA.members())].sort()).toEqual([a.address, b.address].sort());
    for (let i = 0; i < 20; i++) {
      expect(await overA.counter(`counter ${i}`).increment()).toBe(1);
      expect(await overB.counter(`counter ${i}`).increment()).toBe(2);
    }
    const stats = await overA.stats();
    expect(stats.map(({ objects }) => objects).reduce((sum, each) => sum + each)).toBe(20);
    for (const { objects, slots } of stats) {
      expect(objects).toBeGreaterThan(0);
      expect(slots).toBeGreaterThan(0);
    }
  },
);

test('with --data each comes back with its own objects, under the same list only: another one would hide some of them', async () => {
  const members = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
  const membership = `static:${members.join(',')}`;
  const data = members.map(() => folder());
  const start = (i: number, list = membership): ReturnType<typeof startServer> =>
    startServer({ listen: members[i]!, membership: list, data: data[i]! });
  await using a = await start(0);
  const b = await start(1);
  const dso = await client(a.urls[0]!);
  const names = Array.from({ length: 20 }, (_, i) => `counter ${i}`);
  const increments = (): Promise<number[]> => Promise.all(names.map((name) => dso.counter(name).increment()));
  expect(await increments()).toEqual(names.map(() => 1));
  await b.close();

  const longer = `${membership},127.0.0.1:1`;
  await expect(start(1, longer)).rejects.toMatchObject({
    code: 'foreign',
    message: `${data[1]} belongs to a server of --membership ${sorted(membership)}, and this is a server of --membership ${sorted(longer)}`,
  });
  await expect(startServer({ listen: members[1]!, data: data[1]! })).rejects.toMatchObject({
    code: 'foreign',
  });
  await expect(startServer({ listen: members[1]!, membership, data: data[0]! })).rejects.toMatchObject({
    code: 'in-use',
  });
  // In whatever order they are named.
  await using again = await start(1, `static:${members.toReversed().join(',')}`);
  expect(again.address).toBe(members[1]);
  expect(await increments()).toEqual(names.map(() => 2));
});

function sorted(membership: string): string {
  return `static:${membership.slice('static:'.length).split(',').sort().join(',')}`;
}

test('a server that does not hold an object says who does', async () => {
  const [a, b] = await startTwo();
  const said = async (address: string): Promise<string> => {
    const socket = await rawSocket(address);
    const answer = answerOf(socket);
    socket.write(
      Buffer.concat([
        hello(),
        frame(2, varint(0), text('a session'), text(''), varint(1000), Buffer.from([0])),
        frame(4, varint(0), text('counter'), text('one'), Buffer.from([0]), varint(0)),
        frame(5, varint(1), varint(0), varint(0), Buffer.from([0, 0]), varint(0)),
      ]),
    );
    socket.end();
    return answer;
  };
  const answers = await Promise.all([said(a.address), said(b.address)]);
  const moved = answers.filter((answer) => answer.includes('moved'));
  expect(moved.length).toBe(1);
  const holder = answers[0]!.includes('moved') ? b : a;
  expect(moved[0]).toContain(`is held by ${holder.address}`);
});

test('a server that is down takes its own objects with it, and no others', async () => {
  const [a, b] = await startTwo();
  const dso = await client(`${a.url('dso:')},${b.address}`, { timeoutMs: 1000 });
  for (let i = 0; i < 20; i++) await dso.counter(`counter ${i}`).increment();
  await b.end('SIGKILL');
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      dso
        .counter(`counter ${i}`)
        .increment()
        .catch(() => undefined),
    ),
  );
  expect(outcomes).toContain(2);
  expect(outcomes).toContain(undefined);
  const late = await failure(dso.counter(`counter ${outcomes.indexOf(undefined)}`).tally());
  expect(late).toMatchObject({ code: 'timeout', message: expect.stringContaining('ECONNREFUSED') });
});
