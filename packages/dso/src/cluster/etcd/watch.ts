/** Tells all keys below a prefix and every change of them, whatever happens to connections and however long it takes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Change } from '../coordinator.ts';
import { type EtcdHeader, type EtcdKeyValue, endOf, fromBase64, type Gateway, toBase64 } from './gateway.ts';

interface RangeAnswer {
  readonly header: EtcdHeader;
  readonly kvs?: readonly EtcdKeyValue[];
  readonly more?: boolean;
}

interface WatchAnswer {
  readonly canceled?: boolean;
  readonly events?: readonly { readonly type?: 'DELETE'; readonly kv: EtcdKeyValue }[];
}

/** Keys of one answer: what is longer might be refused by proxies, and takes long while etcd has much else to do. */
const PAGE = 256;
const RETRY_MS = 100;

export class EtcdWatch {
  readonly #gateway: Gateway;
  readonly #prefix: string;
  readonly #changed: (changes: readonly Change[]) => void;
  /** What has been told, to find out what was deleted while nobody listened. */
  readonly #known = new Set<string>();
  /** All up to this revision has been told; 0: nothing. */
  #revision = 0;
  /** When the stream began, or told something. */
  #heardAt = 0;
  #stream = new AbortController();
  #isClosed = false;

  constructor(gateway: Gateway, prefix: string, changed: (changes: readonly Change[]) => void) {
    this.#gateway = gateway;
    this.#prefix = prefix;
    this.#changed = changed;
    void this.#run();
  }

  /**
   * The connection may be gone without having said so: another one goes on where it was. One that has told something since, or
   * was made since, is left alone: under load much is late, and a watch that always begins anew never tells anything.
   */
  renewIfSilentSince(moment: number): void {
    if (this.#heardAt < moment) this.#stream.abort();
  }

  close(): void {
    this.#isClosed = true;
    this.#stream.abort();
  }

  /** Ends the process if somebody cannot bear what he is told: he has heard half of it, and must not go on as a member. */
  async #run(): Promise<void> {
    for await (const changes of this.#all()) {
      if (this.#isClosed) return;
      for (const { key, value } of changes) {
        if (value === undefined) this.#known.delete(key);
        else this.#known.add(key);
      }
      this.#changed(changes);
    }
  }

  async *#all(): AsyncIterable<readonly Change[]> {
    while (!this.#isClosed) {
      try {
        if (this.#revision === 0) yield await this.#readAll();
        yield* this.#follow();
      } catch {
        // It is tried again until it goes well: without etcd there is nothing else to do, and leases see to the rest.
      }
      await delay(RETRY_MS, undefined, { ref: false });
    }
  }

  async #readAll(): Promise<readonly Change[]> {
    const there: Change[] = [];
    let key = toBase64(this.#prefix);
    let revision: string | undefined;
    for (;;) {
      const answer: RangeAnswer = await this.#gateway.call('/v3/kv/range', {
        key,
        range_end: endOf(this.#prefix),
        limit: String(PAGE),
        ...(revision === undefined ? {} : { revision }),
      });
      revision ??= answer.header.revision ?? '0';
      for (const one of answer.kvs ?? []) there.push(changeOf(one, false));
      if (answer.more !== true) break;
      key = toBase64(`${there.at(-1)!.key}\0`);
    }
    const found = new Set(there.map((one) => one.key));
    for (const gone of this.#known)
      if (!found.has(gone)) there.push({ key: gone, value: undefined, revision: Number(revision) });
    this.#revision = Number(revision);
    return there;
  }

  async *#follow(): AsyncIterable<readonly Change[]> {
    this.#stream = new AbortController();
    this.#heardAt = performance.now();
    const create_request = {
      key: toBase64(this.#prefix),
      range_end: endOf(this.#prefix),
      start_revision: String(this.#revision + 1),
    };
    const answers = this.#gateway.stream<WatchAnswer>('/v3/watch', { create_request }, this.#stream.signal);
    for await (const { canceled, events } of answers) {
      this.#heardAt = performance.now();
      if (canceled === true) {
        // What was missed has been compacted: all is read anew.
        this.#revision = 0;
        return;
      }
      if (events === undefined) continue;
      const changes = events.map(({ type, kv }) => changeOf(kv, type === 'DELETE'));
      // Not that of the header, which may be the store's own: more of what was missed may be on its way.
      for (const { revision } of changes) this.#revision = Math.max(this.#revision, revision);
      yield changes;
    }
  }
}

function changeOf({ key, value, mod_revision }: EtcdKeyValue, isDeleted: boolean): Change {
  return {
    key: fromBase64(key),
    value: isDeleted ? undefined : fromBase64(value),
    revision: Number(mod_revision ?? 0),
  };
}
