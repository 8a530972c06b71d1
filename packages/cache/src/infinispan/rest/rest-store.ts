/**
 * The store by REST. That protocol has one thing that only one of many can do: to set a counter from one value to another. So a record
 * is written first, under a name of its own, then the counter is set from the record before to this one. A value is a position and a
 * random number, which is the record's id.
 */
import { randomInt } from 'node:crypto';
import { CHUNK_BYTES } from '../../chunks.ts';
import type { Lease } from '../../tier.ts';
import type { InfinispanStore, Tip } from '../infinispan-store.ts';
import { acquireLease } from './counter-lease.ts';
import type { InfinispanRest } from './rest.ts';

/** Of a value, those of its random number; the others, 41 in this century, are of its position. */
const ID_BITS = 22;

export class RestStore implements InfinispanStore {
  readonly inlineBytes: number = CHUNK_BYTES;
  readonly #rest: InfinispanRest;
  readonly #cache: string;
  readonly #space: string;

  /** @param space what names of this namespace begin with */
  constructor(rest: InfinispanRest, cache: string, space: string) {
    this.#rest = rest;
    this.#cache = cache;
    this.#space = space;
  }

  async prepare(): Promise<void> {
    await this.#rest.makeCache(this.#cache);
    await this.#rest.makeCache(this.#histories);
  }

  get(name: string): Promise<Buffer | undefined> {
    return this.#rest.get(this.#cache, this.#named(name));
  }

  put(name: string, bytes: Uint8Array, lifeSeconds?: number): Promise<void> {
    return this.#rest.put(this.#cache, this.#named(name), bytes, lifeSeconds);
  }

  getChunk(name: string): Promise<Buffer | undefined> {
    return this.get(name);
  }

  putChunk(name: string, bytes: Uint8Array, lifeSeconds: number): Promise<void> {
    return this.put(name, bytes, lifeSeconds);
  }

  remove(name: string): Promise<void> {
    return this.#rest.remove(this.#cache, this.#named(name));
  }

  async names(): Promise<readonly string[]> {
    const prefix = this.#named('');
    const names = await this.#rest.names(this.#cache);
    return names.flatMap((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : []));
  }

  lease(name: string, leaseMs: number): Promise<Lease | undefined> {
    return acquireLease(this.#rest, `${this.#counter}-lease-${name}`, leaseMs);
  }

  async tip(): Promise<Tip | undefined> {
    const value = await this.#rest.counter(this.#counter);
    return value === undefined ? undefined : tipOf(value);
  }

  begin(position: number): Promise<void> {
    return this.#rest.makeCounter(this.#counter, counterValue({ position, id: '0' }));
  }

  async append(last: Tip, record: Uint8Array, lifeSeconds: number): Promise<Tip | undefined> {
    const next: Tip = { position: last.position + 1, id: String(randomInt(1, 2 ** ID_BITS)) };
    await this.#rest.put(this.#histories, this.#named(nameOf(next)), record, lifeSeconds);
    if (!(await this.#rest.swapCounter(this.#counter, counterValue(last), counterValue(next))))
      return undefined;
    // Another one may have drawn the same number, and have written over it.
    const written = await this.record(next);
    return written !== undefined && Buffer.compare(written, record) === 0 ? next : undefined;
  }

  record(tip: Tip): Promise<Buffer | undefined> {
    return this.#rest.get(this.#histories, this.#named(nameOf(tip)));
  }

  base(): Promise<Buffer | undefined> {
    return this.#rest.get(this.#histories, this.#named('base'));
  }

  putBase(base: Uint8Array): Promise<void> {
    return this.#rest.put(this.#histories, this.#named('base'), base);
  }

  close(): void {
    this.#rest.close();
  }

  get #histories(): string {
    return `${this.#cache}-history`;
  }

  get #counter(): string {
    return `${this.#histories}-${this.#space}`;
  }

  #named(name: string): string {
    return `${this.#space}-${name}`;
  }
}

function nameOf({ position, id }: Tip): string {
  return `${position}-${id}`;
}

function counterValue({ position, id }: Tip): bigint {
  return (BigInt(position) << BigInt(ID_BITS)) | BigInt(id);
}

function tipOf(value: bigint): Tip {
  return { position: Number(value >> BigInt(ID_BITS)), id: String(BigInt.asUintN(ID_BITS, value)) };
}
