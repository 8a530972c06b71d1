/** Items of a queue that were taken and may come back. */
import { sameValue, type Value } from '../value/value.ts';
import { Deque } from './deque.ts';

/** An item, with its place in the order: that in which items were taken for the first time. */
type Delivery = readonly [number: number, item: Value];

/** {@link Redelivery} as data. */
export type RedeliveryDump = readonly [
  next: number,
  waiting: readonly Delivery[],
  held: readonly (readonly [session: string, deliveries: readonly Delivery[]])[],
];

export class Redelivery {
  #next: number;
  /** What has come back, in order. All of it was before what has never been taken. */
  #waiting: Deque<Delivery>;
  /** What each session has, in the order in which it took it. */
  readonly #held = new Map<string, Deque<Delivery>>();

  constructor([next, waiting, held]: RedeliveryDump = [0, [], []]) {
    this.#next = next;
    this.#waiting = new Deque(waiting);
    for (const [session, deliveries] of held) this.#held.set(session, new Deque(deliveries));
  }

  dump(): RedeliveryDump {
    const held = [...this.#held].map(([session, deliveries]) => [session, [...deliveries]] as const);
    return [this.#next, [...this.#waiting], held];
  }

  /** How many items have come back. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The first of those that have come back; there has to be one. */
  get first(): Value {
    return this.#waiting.at(0)[1];
  }

  /** A session takes an item for the first time. */
  take(session: string, item: Value): Value {
    this.#of(session).push([this.#next++, item]);
    return item;
  }

  /** A session takes the first of those that have come back; there has to be one. */
  takeAgain(session: string): Value {
    const delivery = this.#waiting.shift()!;
    this.#of(session).push(delivery);
    return delivery[1];
  }

  heldBy(session: string): number {
    return this.#held.get(session)?.length ?? 0;
  }

  /** So many items that a session has had for longest are done, and it has as many; gives them. */
  done(session: string, count: number): Value[] {
    const held = this.#of(session);
    const items = Array.from({ length: count }, () => held.shift()![1]);
    this.#forgetEmpty(session);
    return items;
  }

  /** The item comes back that the session has taken last of those that are the same, if it has one. */
  giveBack(session: string, item: Value): void {
    const held = this.#held.get(session);
    if (held === undefined) return;
    let at = held.length - 1;
    while (at >= 0 && !sameValue(held.at(at)[1], item)) at--;
    if (at < 0) return;
    this.#comeBack([held.removeAt(at)]);
    this.#forgetEmpty(session);
  }

  /** What the session has comes back; whether there was anything. */
  sessionEnded(session: string): boolean {
    const held = this.#held.get(session);
    if (held === undefined) return false;
    this.#held.delete(session);
    this.#comeBack(held);
    return true;
  }

  /** Forgets what has come back, and gives it. */
  clear(): Value[] {
    const items = [...this.#waiting].map(([, item]) => item);
    this.#waiting.clear();
    return items;
  }

  #comeBack(deliveries: Iterable<Delivery>): void {
    this.#waiting = new Deque([...this.#waiting, ...deliveries].sort(([a], [b]) => a - b));
  }

  #of(session: string): Deque<Delivery> {
    let held = this.#held.get(session);
    if (held === undefined) {
      held = new Deque();
      this.#held.set(session, held);
    }
    return held;
  }

  #forgetEmpty(session: string): void {
    if (this.#held.get(session)?.length === 0) this.#held.delete(session);
  }
}
