/** A {@link Coordinator} on etcd, 3.4 or later. */
import type { Change, Condition, Coordinator, Found, Grant, Outcome, Put } from '../coordinator.ts';
import { type EtcdHeader, type EtcdKeyValue, EtcdRefusal, fromBase64, Gateway, toBase64 } from './gateway.ts';
import { RenewalThread } from './renewal-thread.ts';
import { EtcdWatch } from './watch.ts';

interface TransactionAnswer {
  readonly header: EtcdHeader;
  readonly succeeded?: boolean;
  /** Of a refused one: what was asked for in its place. */
  readonly responses?: readonly { readonly response_range?: { readonly kvs?: readonly EtcdKeyValue[] } }[];
}

interface LeaseAnswer {
  readonly ID?: string;
  readonly TTL?: string;
}

/** What etcd takes unless it is told otherwise (`--max-txn-ops`). */
const MAX_OPERATIONS = 128;
/** A request that has no answer by then counts as unanswered, milliseconds: leases have to be renewed meanwhile. */
const REQUEST_MS = 1000;

/** @param endpoints such as `http://127.0.0.1:2379` */
export function etcdCoordinator(endpoints: readonly string[]): Coordinator {
  return new EtcdCoordinator(endpoints);
}

class EtcdCoordinator implements Coordinator {
  readonly maxOperations: number = MAX_OPERATIONS;
  readonly #gateway: Gateway;
  readonly #watches = new Set<EtcdWatch>();
  readonly #thread: RenewalThread;
  /** Of the leases that it has granted, milliseconds. */
  readonly #ttls = new Map<string, number>();

  constructor(endpoints: readonly string[]) {
    this.#gateway = new Gateway(endpoints, REQUEST_MS);
    this.#thread = new RenewalThread(endpoints);
  }

  watch(prefix: string, changed: (changes: readonly Change[]) => void): () => void {
    const watch = new EtcdWatch(this.#gateway, prefix, changed);
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      watch.close();
    };
  }

  transact(conditions: readonly Condition[], writes: readonly Put[], done: (outcome: Outcome) => void): void {
    const compare = conditions.map(({ key, revision }) => ({
      key: toBase64(key),
      target: 'MOD',
      result: 'EQUAL',
      mod_revision: String(revision),
    }));
    const success = writes.map(({ key, value, lease }) => ({
      request_put: { key: toBase64(key), value: toBase64(value), ...(lease === undefined ? {} : { lease }) },
    }));
    const failure = conditions.map(({ key }) => ({ request_range: { key: toBase64(key) } }));
    void this.#ask<TransactionAnswer>('/v3/kv/txn', { compare, success, failure }).then((answer) => {
      if (answer === 'refused') done({ kind: 'failed' });
      else if (answer === undefined) done({ kind: 'unknown' });
      else if (answer.succeeded === true) done({ kind: 'done', revision: Number(answer.header.revision) });
      else done({ kind: 'refused', found: foundIn(answer) });
    });
  }

  grant(ttlMs: number, done: (grant: Grant | undefined) => void): void {
    void this.#ask<LeaseAnswer>('/v3/lease/grant', { TTL: String(Math.ceil(ttlMs / 1000)) }).then(
      (answer) => {
        if (answer === undefined || answer === 'refused' || answer.ID === undefined) {
          done(undefined);
          return;
        }
        const grant = { id: answer.ID, ttlMs: Number(answer.TTL) * 1000 };
        this.#ttls.set(grant.id, grant.ttlMs);
        done(grant);
      },
    );
  }

  renew(lease: string, done: (how: 'renewed' | 'lost' | undefined) => void): void {
    const ttlMs = this.#ttls.get(lease);
    if (ttlMs !== undefined) this.#thread.holds(lease, ttlMs);
    void this.#ask<{ readonly result?: LeaseAnswer }>('/v3/lease/keepalive', { ID: lease }).then((answer) => {
      if (answer === undefined || answer === 'refused' || answer.result === undefined) done(undefined);
      else if (Number(answer.result.TTL ?? 0) > 0) done('renewed');
      else {
        this.#forget(lease);
        done('lost');
      }
    });
  }

  revoke(lease: string, done: () => void): void {
    this.#forget(lease);
    void this.#ask('/v3/lease/revoke', { ID: lease }).then(done);
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#thread.close();
  }

  #forget(lease: string): void {
    this.#ttls.delete(lease);
    this.#thread.ended(lease);
  }

  /** `undefined`: no answer came. */
  async #ask<T>(path: string, body: object): Promise<T | 'refused' | undefined> {
    const asked = performance.now();
    try {
      return await this.#gateway.call<T>(path, body);
    } catch (error) {
      if (error instanceof EtcdRefusal) return 'refused';
      // What has swallowed a request may have swallowed the watch.
      for (const watch of this.#watches) watch.renewIfSilentSince(asked);
      return undefined;
    }
  }
}

function foundIn({ responses = [] }: TransactionAnswer): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  for (const { response_range } of responses)
    for (const { key, value, mod_revision } of response_range?.kvs ?? [])
      found.set(fromBase64(key), { value: fromBase64(value), revision: Number(mod_revision) });
  return found;
}
