/** A client that asks one thing after another, and the same again under the same number until it has an answer (D3). */
import { Refusal, UNKNOWN } from '../../src/engine/refusal.ts';
import type { Value } from '../../src/value/value.ts';
import type { Json, Operation } from '../linearizability/history.ts';
import { type Answer, SESSION_MS, type SimulatedCluster } from './cluster.ts';
import type { Owner } from './world.ts';

/** An operation on one of the objects. */
export interface Wish {
  readonly object: number;
  readonly typeName: string;
  readonly key: string;
  readonly slot: number;
  readonly config: readonly Value[];
  readonly operation: number;
  readonly args: readonly Value[];
  readonly isRead: boolean;
  readonly remainingMs: number;
  readonly input: Json;
  output(value: Value): Json;
}

/** What has no answer yet. */
interface Open {
  readonly wish: Wish;
  readonly call: number;
  readonly sequence: number;
  sends: number;
  /** Of the last that was sent. */
  order: number;
}

/** After a silence it is asked again, perhaps elsewhere, milliseconds. */
const AGAIN_MS = 300;

export class SimulatedClient implements Owner {
  readonly name: string;
  isDead = false;
  pausedUntil = 0;
  readonly history: { readonly object: number; readonly operation: Operation<Json, Json> }[] = [];
  /** What it was told that nothing else explains. */
  readonly faults: string[] = [];
  #sessions = 0;
  #session: string;
  readonly #cluster: SimulatedCluster;
  readonly #addresses: readonly string[];
  readonly #hints = new Map<number, string>();
  #sequences = new Map<number, number>();
  readonly #seen = new Map<number, string>();
  #orders = 0;
  #open: Open | undefined;
  #done: (() => void) | undefined;

  constructor(cluster: SimulatedCluster, name: string, addresses: readonly string[]) {
    this.name = name;
    this.#cluster = cluster;
    this.#addresses = addresses;
    this.#session = `${name}.0`;
    this.#beat();
  }

  get isIdle(): boolean {
    return this.#open === undefined;
  }

  ask(wish: Wish, done: () => void): void {
    const sequence = wish.isRead ? 0 : this.#next(wish.slot);
    this.#open = { wish, call: this.#time(), sequence, sends: 0, order: 0 };
    this.#done = done;
    this.#send(this.#hints.get(wish.slot) ?? this.#anyAddress());
  }

  /** It is gone: what it has asked may happen or not. */
  die(): void {
    this.isDead = true;
    this.#end(undefined);
  }

  #end(output: Json | undefined, isDropped = false): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { wish, call } = open;
    const common = { client: this.name, call, input: wish.input };
    if (!isDropped)
      this.history.push({
        object: wish.object,
        operation:
          output === undefined
            ? { ...common, return: undefined }
            : { ...common, return: this.#time(), output },
      });
    if (!this.isDead) this.#done?.();
  }

  #time(): number {
    return Math.floor(this.#cluster.world.now * 1000);
  }

  #next(slot: number): number {
    const sequence = (this.#sequences.get(slot) ?? 0) + 1;
    this.#sequences.set(slot, sequence);
    return sequence;
  }

  #anyAddress(): string {
    return this.#addresses[this.#cluster.world.random(this.#addresses.length)]!;
  }

  #send(address: string): void {
    const open = this.#open;
    if (open === undefined) return;
    const { world, network } = this.#cluster;
    const { wish, sequence } = open;
    const order = ++this.#orders;
    open.sends++;
    open.order = order;
    const { typeName, key, slot, config } = wish;
    const asked = {
      session: this.#session,
      target: { slot, typeName, key, config, mode: 'create' as const, seenIn: this.#seen.get(wish.object) },
      operation: wish.operation,
      args: wish.args,
      sequence,
      acked: Math.max(0, sequence - 1),
      remainingMs: wish.remainingMs,
    };
    const node = this.#cluster.at(address);
    network.send(this.name, address, node, () =>
      this.#cluster
        .at(address)
        ?.ask(asked, order, (answer) =>
          network.send(address, this.name, this, () => this.#answered(open, order, address, answer)),
        ),
    );
    world.after(AGAIN_MS, this, () => {
      // It may wait there for others; then it is asked again all the same, as after a connection that broke.
      if (this.#open === open && open.order === order) this.#send(this.#anyAddress());
    });
  }

  #answered(open: Open, order: number, address: string, { reply, life }: Answer): void {
    if (this.#open !== open) return;
    const { wish } = open;
    if (!(reply instanceof Refusal)) {
      if (life !== undefined) this.#seen.set(wish.object, life);
      this.#hints.set(wish.slot, address);
      this.#end(wish.output(reply));
      return;
    }
    switch (reply.code) {
      case 'moved':
        if (open.order !== order) return;
        this.#hints.delete(wish.slot);
        this.#cluster.world.after(reply.details === undefined ? 20 : 0, this, () => {
          if (this.#open === open && open.order === order)
            this.#send(reply.details === undefined ? this.#anyAddress() : String(reply.details));
        });
        return;
      case 'disk-full':
        // Its number has not been taken: it is asked again under it.
        this.#cluster.world.after(AGAIN_MS / 3, this, () => {
          if (this.#open === open && open.order === order) this.#send(this.#anyAddress());
        });
        return;
      case 'timeout':
        this.#end(undefined, true);
        return;
      case 'session-lost':
        // Another copy may have been done before.
        this.#session = `${this.name}.${++this.#sessions}`;
        this.#sequences = new Map();
        this.#end(undefined, wish.isRead || (open.sends === 1 && reply.details === UNKNOWN));
        return;
      default:
        this.faults.push(`${wish.typeName} '${wish.key}': ${reply.code}: ${reply.message}`);
        this.#end(undefined);
    }
  }

  #beat(): void {
    const { network, world } = this.#cluster;
    for (const address of this.#addresses) {
      network.send(this.name, address, this.#cluster.at(address), () => {
        const { sessions } = this.#cluster.at(address)?.engine ?? {};
        const session = sessions?.find(this.#session);
        if (session !== undefined) sessions!.renew(session);
      });
    }
    world.after(SESSION_MS / 4, this, () => this.#beat());
  }
}
