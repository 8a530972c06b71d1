import type { Engine } from '../engine/engine.ts';
import { takeSnapshot } from '../engine/snapshot.ts';
import type { Durability } from './durability.ts';
import { DurableLog } from './durable-log.ts';

/** A node without others goes on where its data ends: sessions have their whole time again, waiters wait, user code runs. */
export class DurableSlots {
  readonly #durability: Durability;
  readonly #logs = new Map<number, DurableLog>();

  constructor(durability: Durability) {
    this.#durability = durability;
  }

  /** The log of a slot that is new. */
  logOf(slot: number, last = 0): DurableLog {
    const log = new DurableLog(this.#durability.journal, slot, last);
    this.#logs.set(slot, log);
    return log;
  }

  start(engine: Engine): void {
    const { slots, identity } = this.#durability;
    for (const [number, { slot, committed }] of slots)
      engine.adopt(slot, this.logOf(number, committed), identity.life);
    slots.clear();
    this.#durability.start({
      slots: () => [...this.#logs.keys()],
      capture: (number) => {
        const slot = engine.slot(number);
        const log = this.#logs.get(number)!;
        const index = log.last;
        const isCommitted = (): boolean => log.committed >= index;
        return (
          slot && {
            slot: number,
            epoch: 1,
            stream: 0,
            index,
            bytes: takeSnapshot(slot),
            tail: [],
            isCommitted,
          }
        );
      },
    });
  }
}
