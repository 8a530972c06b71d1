/** What the protocol expects of a coordinator, and every coordinator does: the one of simulations, and etcd. */
import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findEtcd, startEtcd } from '../../../../tools/servers/etcd.ts';
import { serverForTests } from '../../../../tools/servers/for-tests.ts';
import type { Change, Condition, Coordinator, Grant, Outcome, Put } from '../../src/cluster/coordinator.ts';
import { etcdCoordinator } from '../../src/cluster/etcd/etcd-coordinator.ts';
import { MemoryStore, memoryCoordinator } from '../../src/cluster/memory-coordinator.ts';
import { systemClock } from '../../src/engine/clock.ts';

function transact(
  coordinator: Coordinator,
  conditions: readonly Condition[],
  writes: readonly Put[],
): Promise<Outcome> {
  return new Promise((resolve) => coordinator.transact(conditions, writes, resolve));
}

async function put(coordinator: Coordinator, key: string, value: string, lease?: string): Promise<number> {
  const outcome = await transact(
    coordinator,
    [],
    [{ key, value, ...(lease === undefined ? {} : { lease }) }],
  );
  if (outcome.kind !== 'done') throw new Error(`a put was ${outcome.kind}`);
  return outcome.revision;
}

/** One is granted, however often that takes to be asked for. */
async function grantOf(coordinator: Coordinator): Promise<Grant> {
  for (;;) {
    const grant = await new Promise<Grant | undefined>((resolve) => coordinator.grant(2000, resolve));
    if (grant !== undefined) return grant;
  }
}

function renewal(coordinator: Coordinator, lease: string): Promise<'renewed' | 'lost' | undefined> {
  return new Promise((resolve) => coordinator.renew(lease, resolve));
}

/** All that a watch has told. */
function told(coordinator: Coordinator, prefix: string): Change[] {
  const all: Change[] = [];
  const stop = coordinator.watch(prefix, (changes) => all.push(...changes));
  onTestFinished(stop);
  return all;
}

const valuesOf = (changes: readonly Change[]): unknown[] =>
  changes.map(({ key, value }) => [key.slice(-1), value]);

function suite(open: () => Coordinator): void {
  const setUp = (): { readonly coordinator: Coordinator; readonly prefix: string } => {
    const coordinator = open();
    onTestFinished(() => coordinator.close());
    return { coordinator, prefix: `test/${randomUUID()}/` };
  };

  test('a transaction writes all or nothing, by the revision of each key, and says how they are; revisions grow', async () => {
    const { coordinator, prefix } = setUp();
    const [a, b] = [`${prefix}a`, `${prefix}b`];
    const first = await put(coordinator, a, '1');
    const both = [
      { key: a, value: '2' },
      { key: b, value: '2' },
    ];
    const wrong = { key: a, revision: first + 1 };
    const missing = { key: b, revision: 0 };
    const found = new Map([[a, { value: '1', revision: first }]]);
    expect(await transact(coordinator, [missing, wrong], both)).toMatchObject({ kind: 'refused', found });
    const right = [
      { key: a, revision: first },
      { key: b, revision: 0 },
    ];
    const second = await transact(coordinator, right, both);
    expect(second).toMatchObject({ kind: 'done' });
    expect(second.kind === 'done' && second.revision).toBeGreaterThan(first);
    expect(await transact(coordinator, right, both)).toMatchObject({ kind: 'refused' });
  });

  test('what is put with a lease that has ended is not written', async () => {
    const { coordinator, prefix } = setUp();
    const grant = await new Promise<{ id: string } | undefined>((resolve) =>
      coordinator.grant(2000, resolve),
    );
    await new Promise<void>((resolve) => coordinator.revoke(grant!.id, resolve));
    const write = { key: `${prefix}a`, value: '1', lease: grant!.id };
    expect(await transact(coordinator, [], [write])).toEqual({ kind: 'failed' });
  });

  test('of those who race one wins', async () => {
    const { coordinator, prefix } = setUp();
    const key = `${prefix}a`;
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        transact(coordinator, [{ key, revision: 0 }], [{ key, value: `${i}` }]),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
  });

  test('a watch tells what there is, then every change in its order, and nothing of other prefixes', async () => {
    const { coordinator, prefix } = setUp();
    await put(coordinator, `${prefix}a`, '1');
    await put(coordinator, `x${prefix}a`, 'not this');
    const changes = told(coordinator, prefix);
    await expect.poll(() => valuesOf(changes)).toEqual([['a', '1']]);
    for (let i = 2; i < 6; i++) await put(coordinator, `${prefix}b`, `${i}`);
    await expect.poll(() => changes.length).toBe(5);
    expect(valuesOf(changes).slice(1)).toEqual(['2', '3', '4', '5'].map((value) => ['b', value]));
    const revisions = changes.map(({ revision }) => revision);
    expect(revisions).toEqual([...revisions].sort((one, other) => one - other));
  });

  test('a watch of nothing says so', async () => {
    const { coordinator, prefix } = setUp();
    let calls = 0;
    onTestFinished(coordinator.watch(prefix, () => void calls++));
    await expect.poll(() => calls).toBe(1);
  });

  test('as many keys as there are slots are told, and as many written at a time as it says', async () => {
    const { coordinator, prefix } = setUp();
    const count = 2000;
    for (let at = 0; at < count; at += coordinator.maxOperations) {
      const writes = Array.from({ length: Math.min(coordinator.maxOperations, count - at) }, (_, i) => ({
        key: `${prefix}${at + i}`,
        value: 'x'.repeat(300),
      }));
      const conditions = writes.map(({ key }) => ({ key, revision: 0 }));
      expect(await transact(coordinator, conditions, writes)).toMatchObject({ kind: 'done' });
    }
    const changes = told(coordinator, prefix);
    await expect.poll(() => new Set(changes.map(({ key }) => key)).size).toBe(count);
  });

  test('what is put with a lease is there while it is renewed, and goes when it ends', async () => {
    const { coordinator, prefix } = setUp();
    const changes = told(coordinator, prefix);
    const grant = await new Promise<{ id: string; ttlMs: number } | undefined>((resolve) =>
      coordinator.grant(2000, resolve),
    );
    expect(grant?.ttlMs).toBeGreaterThanOrEqual(2000);
    await put(coordinator, `${prefix}a`, 'leased', grant!.id);
    const renew = (): Promise<unknown> => new Promise((resolve) => coordinator.renew(grant!.id, resolve));
    expect(await renew()).toBe('renewed');
    await new Promise<void>((resolve) => coordinator.revoke(grant!.id, resolve));
    await expect
      .poll(() => valuesOf(changes))
      .toEqual([
        ['a', 'leased'],
        ['a', undefined],
      ]);
    expect(await renew()).toBe('lost');
  });

  test('a lease that nobody renews runs out', async () => {
    const { coordinator, prefix } = setUp();
    const changes = told(coordinator, prefix);
    const grant = await new Promise<{ id: string } | undefined>((resolve) =>
      coordinator.grant(1000, resolve),
    );
    await put(coordinator, `${prefix}a`, 'leased', grant!.id);
    await expect.poll(() => valuesOf(changes).at(-1), { timeout: 10_000 }).toEqual(['a', undefined]);
  });
}

describe('in memory', () => {
  const store = new MemoryStore(systemClock);
  suite(() => memoryCoordinator(store));
});

describe('etcd', () => {
  const etcd = serverForTests(findEtcd, startEtcd);
  suite(() => etcdCoordinator([etcd().url]));

  test('while it does not answer nothing is known of what was asked; the watch tells it afterwards', async () => {
    const coordinator = etcdCoordinator([etcd().url]);
    onTestFinished(() => coordinator.close());
    const prefix = `test/${randomUUID()}/`;
    const changes = told(coordinator, prefix);
    await put(coordinator, `${prefix}a`, '1');
    await expect.poll(() => changes.length).toBe(1);
    await etcd().freeze();
    const outcome = await transact(coordinator, [], [{ key: `${prefix}a`, value: '2' }]);
    expect(outcome).toEqual({ kind: 'unknown' });
    etcd().thaw();
    await put(coordinator, `${prefix}b`, '3');
    await expect.poll(() => valuesOf(changes).at(-1), { timeout: 10_000 }).toEqual(['b', '3']);
  });

  test('an etcd that was restarted is gone on with', async () => {
    const coordinator = etcdCoordinator([etcd().url]);
    onTestFinished(() => coordinator.close());
    const prefix = `test/${randomUUID()}/`;
    const changes = told(coordinator, prefix);
    await put(coordinator, `${prefix}a`, '1');
    await expect.poll(() => changes.length).toBe(1);
    await etcd().restart();
    await put(coordinator, `${prefix}a`, '2');
    await expect
      .poll(() => valuesOf(changes), { timeout: 10_000 })
      .toEqual([
        ['a', '1'],
        ['a', '2'],
      ]);
  });

  test('a lease outlives a main thread that stands still, and not one that never comes back', async () => {
    const coordinator = etcdCoordinator(['http://127.0.0.1:1', etcd().url]);
    onTestFinished(() => coordinator.close());
    const other = etcdCoordinator([etcd().url]);
    onTestFinished(() => other.close());
    const key = `test/${randomUUID()}`;
    const grant = await grantOf(coordinator);
    const revision = await put(other, key, 'held', grant.id);
    const renewed = await renewal(coordinator, grant.id);
    expect(['renewed', undefined]).toContain(renewed);
    // Nothing of the main thread runs meanwhile: etcd drops keys half a second after the time of their lease at the latest.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * grant.ttlMs);
    expect(await transact(other, [{ key, revision }], [])).toMatchObject({ kind: 'done' });
    expect(await renewal(coordinator, grant.id)).toBe('renewed');
    // From now on it is not renewed by it any more.
    const gone = async (): Promise<boolean> =>
      (await transact(other, [{ key, revision: 0 }], [])).kind === 'done';
    await expect.poll(gone, { timeout: 60_000, interval: 100 }).toBe(true);
  }, 90_000);

  test('one that cannot be reached is passed over for another', async () => {
    const coordinator = etcdCoordinator(['http://127.0.0.1:1', etcd().url]);
    onTestFinished(() => coordinator.close());
    const key = `test/${randomUUID()}`;
    const outcomes = [
      await transact(coordinator, [], [{ key, value: '1' }]),
      await transact(coordinator, [], [{ key, value: '1' }]),
    ];
    expect(outcomes.map(({ kind }) => kind)).toContain('done');
  });
});
