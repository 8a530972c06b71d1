/** Changes of records, as many in a transaction as the coordinator takes: when a member dies, thousands of slots change. */
import type { Clock } from '../engine/clock.ts';
import type { Condition, Coordinator, Found, Outcome, Put } from './coordinator.ts';
import type { Step } from './plan.ts';
import { decodeRecord, encodeRecord, type Keys } from './record.ts';
import type { Replica } from './replica.ts';

interface Change {
  readonly replica: Replica;
  readonly step: Step;
  /** The revision that it changes. */
  readonly base: number;
}

/** Changes that go together, and transactions at a time. */
const BATCH = 32;
const AT_A_TIME = 2;
/** After an answer that did not come, milliseconds. */
const RETRY_MS = 150;

export class Transactions {
  readonly #coordinator: Coordinator;
  readonly #clock: Clock;
  readonly #keys: Keys;
  readonly #settled: (replica: Replica) => void;
  #waiting: Change[] = [];
  #running = 0;

  /** @param settled is told that a slot's change has come to an end, whatever that is */
  constructor(coordinator: Coordinator, clock: Clock, keys: Keys, settled: (replica: Replica) => void) {
    this.#coordinator = coordinator;
    this.#clock = clock;
    this.#keys = keys;
    this.#settled = settled;
  }

  /** Until it is known what came of it the replica heeds both records. */
  add(replica: Replica, step: Step): void {
    replica.ask(step.record);
    this.#waiting.push({ replica, step, base: replica.revision });
  }

  /** Whether what is added now would have to wait for more than one of those that are on their way. */
  get isFull(): boolean {
    return this.#waiting.length >= BATCH;
  }

  /** Sends what waits. */
  flush(): void {
    while (this.#waiting.length > 0 && this.#running < AT_A_TIME)
      this.#run(this.#waiting.splice(0, Math.min(BATCH, this.#coordinator.maxOperations)));
  }

  #run(all: readonly Change[]): void {
    const { maxOperations } = this.#coordinator;
    const changes: Change[] = [];
    const conditions = new Map<string, Condition>();
    for (const change of all) {
      const { replica, step, base } = change;
      // What has changed meanwhile is not asked for any more.
      if (!isWanted(replica, step, base)) {
        this.#settled(replica);
        continue;
      }
      const mine = this.#conditions(change);
      if (changes.length > 0 && conditions.size + mine.length > maxOperations) {
        this.#waiting.unshift(change);
        continue;
      }
      changes.push(change);
      for (const one of mine) conditions.set(one.key, one);
    }
    if (changes.length === 0) return;
    const writes = changes.map(
      ({ replica, step }): Put => ({
        key: this.#keys.slot(replica.number),
        value: encodeRecord(step.record),
      }),
    );
    this.#running++;
    this.#coordinator.transact([...conditions.values()], writes, (outcome) => {
      this.#running--;
      this.#ended(changes, outcome);
      this.flush();
    });
  }

  #ended(changes: readonly Change[], outcome: Outcome): void {
    switch (outcome.kind) {
      case 'done':
        for (const { replica, step } of changes) {
          replica.changed(step.record, outcome.revision);
          this.#settled(replica);
        }
        return;
      case 'unknown':
      case 'failed':
        this.#clock.after(RETRY_MS, () => {
          this.#waiting.push(...changes);
          this.flush();
        });
        return;
      case 'refused':
        this.#waiting.unshift(...changes.filter((change) => !this.#isToBlame(change, outcome.found)));
    }
  }

  /**
   * Whether this change is why its transaction was refused; if so it has come to its end. The record that was found may be the
   * one that is wanted: an attempt that had no answer was done after all.
   */
  #isToBlame({ replica, step, base }: Change, found: ReadonlyMap<string, Found>): boolean {
    const record = found.get(this.#keys.slot(replica.number));
    if ((record?.revision ?? 0) !== base) {
      if (record !== undefined) replica.changed(decodeRecord(record.value), record.revision);
    } else if (!step.absent.some((id) => found.has(this.#keys.node(id)))) return false;
    if (isWanted(replica, step, base)) replica.refused();
    this.#settled(replica);
    return true;
  }

  #conditions({ replica, step, base }: Change): Condition[] {
    return [
      { key: this.#keys.slot(replica.number), revision: base },
      ...step.absent.map((id) => ({ key: this.#keys.node(id), revision: 0 })),
    ];
  }
}

function isWanted(replica: Replica, step: Step, base: number): boolean {
  return replica.revision === base && replica.pending === step.record;
}
