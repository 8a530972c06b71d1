/** Engines as members of a set: what one logs, others apply, and when it is committed is the test's to say. */
import { inspect } from 'node:util';
import { decode, encode } from '@skein/codec';
import { Engine } from '../../src/engine/engine.ts';
import type { Entry } from '../../src/engine/entry.ts';
import { decodeEntry, encodeEntry } from '../../src/engine/entry-codec.ts';
import type { SlotLog } from '../../src/engine/log.ts';
import { Refusal } from '../../src/engine/refusal.ts';
import type { Target } from '../../src/engine/request.ts';
import type { Session } from '../../src/engine/session.ts';
import { Slot } from '../../src/engine/slot.ts';
import { restoreSnapshot, takeSnapshot } from '../../src/engine/snapshot.ts';
import { Stepper } from '../../src/engine/step.ts';
import type { TaskOutcome } from '../../src/engine/task.ts';
import type { Lease } from '../../src/lease.ts';
import { TYPES } from '../../src/objects/types.ts';
import { slotOf } from '../../src/ring/hash.ts';
import { Reader } from '../../src/value/reader.ts';
import { Packed, type Value } from '../../src/value/value.ts';
import { Writer } from '../../src/value/writer.ts';
import { FakeTasks } from '../objects/fake-tasks.ts';
import { ManualClock } from '../objects/member.ts';

/** A log whose commits a test drives. Entries are kept as the bytes that members would send each other. */
export class HandLog implements SlotLog {
  readonly entries: Buffer[] = [];
  committed = 0;
  epoch = 1;
  owns = true;
  readonly isLeaving = false;
  onCommit: (() => void) | undefined;
  /** Told of every entry before it is applied. */
  onAppend: ((bytes: Buffer) => void) | undefined;

  get last(): number {
    return this.entries.length;
  }

  append(entry: Entry): void {
    const writer = new Writer();
    writer.value(encodeEntry(entry));
    const bytes = Buffer.concat(writer.take());
    this.entries.push(bytes);
    this.onAppend?.(bytes);
  }

  mayAnswer(): boolean {
    return this.owns;
  }

  commit(through = this.last): void {
    this.committed = through;
    this.onCommit?.();
  }
}

/** Applies what another member has logged, and does nothing else about it. */
export class Follower {
  readonly #stepper = new Stepper({
    answered() {},
    parked() {},
    begun() {},
    grew() {},
    gone() {},
    leased() {},
    unleased() {},
    print() {},
  });
  slot: Slot;

  constructor(number: number, snapshot?: Uint8Array) {
    this.slot = snapshot === undefined ? new Slot(number, TYPES) : restoreSnapshot(snapshot, TYPES);
  }

  apply(bytes: Buffer): void {
    const value = new Reader(bytes, true, 0, bytes.length).value();
    this.#stepper.step(this.slot, decodeEntry(this.slot, value));
  }

  /** Goes on from a snapshot of itself, as a new member would. */
  restart(): void {
    this.slot = restoreSnapshot(takeSnapshot(this.slot), TYPES);
  }
}

/**
 * What a snapshot says, as text. Not its bytes: those tell which parts of it are one object in memory, such as a refusal
 * that several have got. Without sessions of which there is nothing to know: reads leave such with the owner only.
 */
export function contentOf(slot: Slot): string {
  const copy = restoreSnapshot(takeSnapshot(slot), TYPES);
  // In which order sessions came is nothing that anybody could see.
  const sessions = [...copy.sessions.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  copy.sessions.clear();
  for (const session of sessions) {
    const { last, replies, waiters, held } = session;
    if (last + replies.size + waiters.size + held.size > 0) copy.sessions.set(session.id, session);
  }
  return inspect(withoutBuffers(decode(takeSnapshot(copy))), {
    depth: null,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: 120,
  });
}

/** Bytes are bytes, wherever they have come from. */
function withoutBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(withoutBuffers);
  if (value instanceof Map)
    return new Map([...value].map(([key, one]) => [withoutBuffers(key), withoutBuffers(one)]));
  if (value instanceof Packed) return { packed: Uint8Array.from(value.bytes) };
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Set)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutBuffers(one)]));
}

/** The member that owns the slots; every slot has a hand-driven log. */
export class Owner {
  readonly clock = new ManualClock();
  readonly tasks = new FakeTasks();
  readonly logs = new Map<number, HandLog>();
  readonly engine: Engine;
  readonly #sequences = new Map<string, number>();
  /** Answers that have left, in their order. */
  readonly answers: { readonly callId: number; readonly reply: Value | Refusal }[] = [];
  #calls = 0;

  constructor(onLog?: (slot: number, log: HandLog) => void) {
    this.engine = new Engine({
      types: TYPES,
      clock: this.clock,
      incarnation: 'one',
      limits: { maxObjectBytes: 2 ** 26, maxMemoryBytes: 2 ** 28 },
      tasks: this.tasks,
      print() {},
      log: (slot) => {
        const log = new HandLog();
        this.logs.set(slot, log);
        onLog?.(slot, log);
        return log;
      },
    });
  }

  session(id: string, ttlMs = 1e9): Session {
    const session = this.engine.sessions.open(id, ttlMs, undefined, false);
    if (session instanceof Refusal) throw new Error(session.message);
    return session;
  }

  target(typeName: string, key: string, config: readonly Value[] = [], lease?: Lease): Target {
    const slot = slotOf(typeName, key);
    return { slot, typeName, key, config, mode: 'create', seenIn: undefined, lease, cell: undefined };
  }

  /** Asks, by the operation's code. Gives the number of the call, and the sequence that it took. */
  ask(
    session: Session,
    target: Target,
    operation: number,
    args: readonly Value[],
    options: {
      readonly isRead?: boolean;
      readonly sequence?: number;
      readonly epoch?: number;
      readonly timeoutMs?: number;
      readonly fence?: number;
      readonly acked?: number;
    } = {},
  ): { readonly callId: number; readonly sequence: number } {
    const lane = `${session.id}/${target.slot}`;
    let sequence = options.sequence ?? 0;
    if (options.isRead !== true && options.sequence === undefined) {
      sequence = (this.#sequences.get(lane) ?? 0) + 1;
      this.#sequences.set(lane, sequence);
    }
    const callId = ++this.#calls;
    this.engine.submit({
      port: { order: 0, earlyBytes: 0, reply: (id, reply) => void this.answers.push({ callId: id, reply }) },
      callId,
      session,
      target,
      operation,
      sequence,
      acked: options.acked ?? 0,
      epoch: options.epoch ?? 0,
      fence: options.fence ?? 0,
      remainingMs: options.timeoutMs ?? Number.POSITIVE_INFINITY,
      args,
    });
    return { callId, sequence };
  }

  /** All answers to a call. */
  repliesTo(callId: number): (Value | Refusal)[] {
    return this.answers.filter((answer) => answer.callId === callId).map(({ reply }) => reply);
  }

  log(slot: number): HandLog {
    const log = this.logs.get(slot);
    if (log === undefined) throw new Error(`slot ${slot} has no log yet`);
    return log;
  }
}

/** What user code may come to, by a number. */
export function someOutcome(n: number): TaskOutcome {
  const bytes = encode({ n }).toBytes();
  switch (n % 4) {
    case 0:
      return { kind: 'threw', error: bytes };
    case 1:
      return { kind: 'failed', code: 'time-limit', message: 'too slow' };
    default:
      return { kind: 'done', state: bytes, results: [n % 2 === 0 ? n : new Packed(bytes)] };
  }
}
