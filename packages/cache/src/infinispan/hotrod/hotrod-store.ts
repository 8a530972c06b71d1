/**
 * The store by Hot Rod: one step of the server for what only one of many does, and events for what others have done. Its package carries
 * text alone: small entries go as base64, large bodies as they are by REST, which answers on the same port, makes the caches and lists names.
 */
import { randomBytes } from 'node:crypto';
import type { Lease } from '../../tier.ts';
import type { InfinispanServer } from '../infinispan-server.ts';
import type { InfinispanStore, Listening, Tip } from '../infinispan-store.ts';
import type { RestStore } from '../rest/rest-store.ts';
import { HotRodCells } from './cells.ts';
import { HotRodConnection } from './connection.ts';
import { acquireLease } from './lease.ts';
import { HotRodListener } from './listener.ts';
import type { Lifespan } from './session.ts';

/** The protocol takes more seconds than these for a moment in time. Who asks later than that loads again. */
const LONGEST_LIFE_SECONDS = 30 * 24 * 3600;

export interface HotRodStoreOptions {
  readonly server: InfinispanServer;
  readonly cache: string;
  readonly space: string;
  /** Of the same cache and space. */
  readonly rest: RestStore;
}

export class HotRodStore implements InfinispanStore {
  /** Beyond, text takes longer than a request by REST. */
  readonly inlineBytes: number = 64 * 1024;
  readonly #options: HotRodStoreOptions;
  readonly #rest: RestStore;
  readonly #entries: HotRodConnection;
  readonly #records: HotRodConnection;
  readonly #connections: readonly HotRodConnection[];
  /** In the cache of the history. */
  readonly #tips: HotRodCells;
  /** In that of the entries, so that those who listen to the history do not hear of each. */
  readonly #leases: HotRodCells;
  #listener: HotRodListener | undefined;
  #isClosed = false;

  constructor(options: HotRodStoreOptions) {
    this.#options = options;
    this.#rest = options.rest;
    const to = (cache: string): HotRodConnection => new HotRodConnection(options.server, cache);
    this.#entries = to(options.cache);
    this.#records = to(this.#histories);
    const [forLeases, forTips] = [to(options.cache), to(this.#histories)];
    this.#leases = new HotRodCells({ plain: this.#entries, versioned: forLeases });
    this.#tips = new HotRodCells({ plain: this.#records, versioned: forTips });
    this.#connections = [this.#entries, this.#records, forLeases, forTips];
  }

  prepare(): Promise<void> {
    return this.#rest.prepare();
  }

  async get(name: string): Promise<Buffer | undefined> {
    return bytesOf(await this.#entries.run((client) => client.get(this.#named(name))));
  }

  async put(name: string, bytes: Uint8Array, lifeSeconds?: number): Promise<void> {
    const text = textOf(bytes);
    await this.#entries.run((client) => client.put(this.#named(name), text, lifespanOf(lifeSeconds)));
  }

  getChunk(name: string): Promise<Buffer | undefined> {
    return this.#rest.getChunk(name);
  }

  putChunk(name: string, bytes: Uint8Array, lifeSeconds: number): Promise<void> {
    return this.#rest.putChunk(name, bytes, lifeSeconds);
  }

  async remove(name: string): Promise<void> {
    await this.#entries.run((client) => client.remove(this.#named(name)));
  }

  names(): Promise<readonly string[]> {
    return this.#rest.names();
  }

  lease(name: string, leaseMs: number): Promise<Lease | undefined> {
    // Not of this namespace's names: to clear it takes no lease away.
    return acquireLease(this.#leases, `lease-${this.#named(name)}`, leaseMs);
  }

  async tip(): Promise<Tip | undefined> {
    const text = await this.#tips.get(this.#tip);
    return text === undefined ? undefined : tipOf(text);
  }

  async begin(position: number): Promise<void> {
    await this.#tips.make(this.#tip, nameOf({ position, id: newId() }));
  }

  async append(last: Tip, record: Uint8Array, lifeSeconds: number): Promise<Tip | undefined> {
    const next: Tip = { position: last.position + 1, id: newId() };
    const life = lifespanOf(lifeSeconds);
    await this.#records.run((client) => client.put(this.#named(nameOf(next)), textOf(record), life));
    return (await this.#tips.swap(this.#tip, nameOf(last), nameOf(next))) ? next : undefined;
  }

  async record(tip: Tip): Promise<Buffer | undefined> {
    return bytesOf(await this.#records.run((client) => client.get(this.#named(nameOf(tip)))));
  }

  base(): Promise<Buffer | undefined> {
    return this.#rest.base();
  }

  putBase(base: Uint8Array): Promise<void> {
    return this.#rest.putBase(base);
  }

  listen(news: () => void): Listening {
    const { server } = this.#options;
    this.#listener ??= new HotRodListener({ server, cache: this.#histories, name: this.#tip, heard: news });
    if (this.#isClosed) this.#listener.close();
    return this.#listener;
  }

  close(): void {
    this.#isClosed = true;
    this.#listener?.close();
    for (const connection of this.#connections) connection.close();
    this.#rest.close();
  }

  get #histories(): string {
    return `${this.#options.cache}-history`;
  }

  get #tip(): string {
    return this.#named('tip');
  }

  #named(name: string): string {
    return `${this.#options.space}-${name}`;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function bytesOf(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}

function lifespanOf(seconds: number | undefined): Lifespan | undefined {
  return seconds === undefined ? undefined : { lifespan: `${Math.min(seconds, LONGEST_LIFE_SECONDS)}s` };
}

function newId(): string {
  return randomBytes(9).toString('base64url');
}

function nameOf({ position, id }: Tip): string {
  return `${position}-${id}`;
}

function tipOf(text: string): Tip {
  const dash = text.indexOf('-');
  return { position: Number(text.slice(0, dash)), id: text.slice(dash + 1) };
}
