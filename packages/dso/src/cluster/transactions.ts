/** Changes of records, as many in a transaction as the coordinator takes: when a member dies, thousands of slots change. */
import type { Clock } from '../engine/clock.ts';
import type { Condition, Coordinator, Outcome, Put } from './coordinator.ts';
import type { Step } from './plan.ts';
import { encodeRecord, type Keys } from './record.ts';
import type { Replica } from './replica.ts';

interface Change {
  readonly replica: Replica;
  readonly step: Step;
  /** The revision that it changes. */
  readonly base: number;
  /** An attempt has had no answer. */
  isDoubtful: boolean;
}

/** Changes that go together, and transactions at a time. */
const BATCH = 32;
const AT_A_TIME = 8;
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
    this.#waiting.push({ replica, step, base: replica.revision, isDoubtful: false });
  }

  /** Sends what waits. */
  flush(): void {
    while (this.#waiting.length > 0 && this.#running < AT_A_TIME)
      this.#run(this.#waiting.splice(0, Math.min(BATCH, this.#coordinator.maxOperations)));
  }

  #run(all: readonly Change[]): void {
    const { maxOperations } = this.#coordinator;
    // What has changed meanwhile is not asked for any more.
    const current = all.filter(({ replica, step, base }) => isWanted(replica, step, base));
    const changes: Change[] = [];
    const conditions = new Map<string, Condition>();
    for (const change of current) {
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
        for (const change of changes) change.isDoubtful = true;
        this.#clock.after(RETRY_MS, () => {
          this.#waiting.push(...changes);
          this.flush();
        });
        return;
      case 'refused':
        if (changes.length > 1) {
          // One of them is to blame: each by itself.
          for (const change of changes) this.#run([change]);
          return;
        }
        for (const { replica, step, base, isDoubtful } of changes) {
          // After an attempt without an answer it may be that one which has changed the record: the watch will tell. Unless
          // it was another condition that did not hold; whoever has such is not the primary, and has nothing to heed.
          const isSure = !isDoubtful || step.absent.length > 0;
          if (isWanted(replica, step, base) && isSure) replica.refused();
          this.#settled(replica);
        }
    }
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
