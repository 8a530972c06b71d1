import { Client, credentials, status } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { expect, onTestFinished, test } from 'vitest';
import { client, failure } from './support/client.ts';
import { folder } from './support/folder.ts';
import { metric } from './support/metrics.ts';
import { operator } from './support/operator.ts';
import { startProgram } from './support/server.ts';

test('members, ring, objects and statistics by gRPC', async () => {
  const server = await startProgram();
  const dso = await client(server.url('dso:'));
  await dso.counter('visits').increment(3);
  await dso.counter('other').increment();
  const ask = operator(server.url('grpc:'));
  expect(await ask('Members', {})).toMatchObject({
    node: server.address,
    members: [server.address],
    holdings: [{ address: server.address, isDraining: false, primary: 4096, backup: 0, learner: 0 }],
  });
  const { shares } = (await ask('Ring', {})) as { shares: { member: string; slots: number[] }[] };
  expect(shares.map(({ member }) => member)).toEqual([server.address]);
  const { objects } = (await ask('Objects', { prefix: 'vis' })) as { objects: object[] };
  expect(objects).toMatchObject([{ type: 'counter', key: 'visits', waiting: 0 }]);
  expect(await ask('Objects', { limit: 1 })).toMatchObject({ objects: [{ type: 'counter' }] });
  expect(await ask('Stats', {})).toMatchObject({
    node: server.address,
    objects: 2,
    writes: 2,
    connections: 1,
    slots: shares[0]!.slots.length,
    replicationLag: 0,
    transfers: 0,
  });
  expect(await ask('Stats', {})).not.toMatchObject({ durability: expect.anything() });
  const refusal = await failure(ask('Drain', {}));
  expect(refusal).toMatchObject({ code: status.FAILED_PRECONDITION });
  expect(refusal.message).toContain(`${server.address} cannot be drained: it has its objects for good`);
});

test('statistics by gRPC say whether objects are on disk, and how', async () => {
  const server = await startProgram(['--data', folder()]);
  await (await client(server.url('dso:'))).counter('visits').increment();
  const { durability } = await operator(server.url('grpc:'))('Stats', {});
  expect(durability).toMatchObject({ fsync: 'always', unsyncedBytes: 0, snapshotBytes: 0, isFull: false });
  expect(durability).not.toHaveProperty('snapshotAt');
});

test('health by gRPC, and by HTTP', async () => {
  const server = await startProgram();
  const grpc = new Client(server.url('grpc:').replace('grpc://', ''), credentials.createInsecure());
  onTestFinished(() => grpc.close());
  const { path, requestSerialize, responseDeserialize } = service['Check']!;
  const health = await new Promise((resolve, reject) =>
    grpc.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { service: 'skein.dso.v1.Dso' },
      (error, answer) => (error === null ? resolve(answer) : reject(error)),
    ),
  );
  expect(health).toMatchObject({ status: 'SERVING' });
  for (const page of ['healthz', 'readyz'])
    expect((await fetch(server.metrics.replace('metrics', page))).status).toBe(200);
  expect((await fetch(server.metrics.replace('metrics', 'other'))).status).toBe(404);
});

test('metrics: what the node holds, what it has done, and the process', async () => {
  const server = await startProgram();
  const dso = await client(server.url('dso:'));
  const overGrpc = await client(server.url('grpc:'));
  await dso.counter('visits').increment();
  await overGrpc.counter('visits').increment();
  await overGrpc.counter('visits').tally();
  await dso
    .counter('visits', { initial: 5 })
    .increment()
    .catch(() => {});
  const waiting = overGrpc.latch('never', { count: 1 }).wait();
  waiting.catch(() => {});
  await dso.latch('other', { count: 1 }).countDown();
  const expected = {
    skein_dso_objects: 3,
    skein_dso_sessions: 2,
    skein_dso_waiting_operations: 1,
    skein_dso_members: 1,
    skein_dso_ready: 1,
    skein_dso_draining: 0,
    'skein_dso_slots{role="primary"}': 4096,
    'skein_dso_slots{role="backup"}': 0,
    skein_dso_replication_lag_entries: 0,
    'skein_dso_transfers{state="waiting"}': 0,
    'skein_dso_connections{transport="socket"}': 1,
    'skein_dso_connections{transport="grpc"}': 1,
    'skein_dso_operations_total{kind="read"}': 1,
    'skein_dso_refusals_total{code="config-mismatch"}': 1,
  };
  for (const [name, value] of Object.entries(expected))
    expect([name, await metric(server.metrics, name)]).toEqual([name, value]);
  expect(await metric(server.metrics, 'skein_dso_operations_total{kind="write"}')).toBeGreaterThan(3);
  expect(await metric(server.metrics, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  expect(await metric(server.metrics, 'process_resident_memory_bytes')).toBeGreaterThan(0);
});
