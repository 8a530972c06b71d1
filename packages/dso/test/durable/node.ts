/** An engine with a log on a disk that is made up, its turns and its time driven by the test. */
import { DurableLog } from '../../src/durable/durable-log.ts';
import type { FsyncPolicy } from '../../src/durable/fsync.ts';
import { Journal } from '../../src/durable/journal.ts';
import { replayLog } from '../../src/durable/recovery.ts';
import { Replay } from '../../src/durable/replay.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Refusal } from '../../src/engine/refusal.ts';
import { codesOf } from '../../src/objects/catalog.ts';
import { TYPES } from '../../src/objects/types.ts';
import { slotOf } from '../../src/ring/hash.ts';
import type { Value } from '../../src/value/value.ts';
import { FakeTasks } from '../objects/fake-tasks.ts';
import { ManualClock } from '../objects/member.ts';
import type { MemoryDisk } from './memory-disk.ts';

const COUNTER = codesOf('counter');
let salts = 1;

export interface NodeOptions {
  readonly fsync?: FsyncPolicy;
  readonly segmentBytes?: number;
  readonly clock?: ManualClock;
}

export class DurableNode {
  readonly clock: ManualClock;
  readonly journal: Journal;
  readonly engine: Engine;
  readonly failures: Error[] = [];
  readonly torn: boolean;
  #log: DurableLog | undefined;
  readonly #turns: (() => void)[] = [];
  #sequence: number;

  /** Begins with what is on the disk. */
  constructor(disk: MemoryDisk, options: NodeOptions = {}) {
    this.clock = options.clock ?? new ManualClock();
    const { replay, segments, torn } = replayLog(disk, new Replay(TYPES), 1);
    this.torn = torn !== undefined;
    this.journal = new Journal({
      disk,
      fsync: options.fsync ?? { kind: 'always' },
      clock: this.clock,
      defer: (work) => this.#turns.push(work),
      salt: () => salts++,
      segments,
      onFailure: (error) => this.failures.push(error),
      segmentBytes: options.segmentBytes ?? 2 ** 20,
      aheadBytes: 2048,
      reserveBytes: 1024,
    });
    this.engine = new Engine({
      types: TYPES,
      clock: this.clock,
      incarnation: 'life',
      limits: { maxObjectBytes: 2 ** 26, maxMemoryBytes: 2 ** 28 },
      tasks: new FakeTasks(),
      print() {},
      isDurable: true,
      mayLog: () => (this.journal.full === undefined ? undefined : new Refusal('disk-full', 'no room')),
      log: (slot) => this.#logOf(slot, 0),
    });
    this.journal.open(() => {});
    for (const [number, { slot, committed }] of replay.slots)
      this.engine.adopt(slot, this.#logOf(number, committed), 'life');
    this.#sequence = this.engine.slot(SLOT)?.sessions.get(SESSION)?.last ?? 0;
  }

  /** Of the counter's slot. */
  get log(): DurableLog {
    return this.#log!;
  }

  #logOf(slot: number, last: number): DurableLog {
    this.#log = new DurableLog(this.journal, slot, last);
    return this.#log;
  }

  /** What the counter holds now. */
  get count(): Value {
    const cell = this.engine.slot(SLOT)?.cells.get(`counter\0${KEY}`);
    return cell === undefined ? 0 : (cell.state as { value: Value }).value;
  }

  /** Adds one to the counter. Gives where the answer will be. @param by how much is written besides */
  add(sequence: number = ++this.#sequence): { reply: Value | Refusal } {
    const answer: { reply: Value | Refusal } = { reply: undefined };
    const session = this.engine.sessions.open(SESSION, 60_000, undefined, true);
    if (session instanceof Refusal) throw new Error(session.message);
    this.engine.submit({
      port: {
        order: 1,
        earlyBytes: 0,
        reply(_id, reply) {
          answer.reply = reply;
        },
      },
      callId: 1,
      session,
      target: {
        slot: SLOT,
        typeName: 'counter',
        key: KEY,
        config: [0],
        mode: 'create',
        seenIn: 'life',
        cell: undefined,
      },
      operation: COUNTER.add!,
      args: [1],
      sequence,
      acked: 0,
      epoch: 0,
      fence: 0,
      remainingMs: Number.POSITIVE_INFINITY,
    });
    return answer;
  }

  /** Ends a turn: what it has logged goes to the disk. */
  turn(): void {
    for (let next = this.#turns.shift(); next !== undefined; next = this.#turns.shift()) next();
  }
}

const SESSION = 'session';
const KEY = 'c';
export const SLOT: number = slotOf('counter', KEY);
