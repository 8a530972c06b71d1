import { Numbered } from '../numbered.ts';
import type { Value } from '../value/value.ts';
import type { Cell } from './cell.ts';
import type { KeptBytes } from './kept-bytes.ts';
import type { Refusal } from './refusal.ts';
import type { Waiter } from './waiter.ts';

/** How long a session lives. */
export interface SessionLife {
  readonly ttlMs: number;
  readonly parent: string | undefined;
}

/** What a slot knows of a session: how far it is, and answers that its client may ask for again (D3). */
export class SlotSession {
  readonly id: string;
  /** How long it lives without a sign of life, milliseconds: what a new owner of the slot gives it. */
  readonly ttlMs: number;
  /** Of a call: the session of its process. */
  readonly parent: string | undefined;
  /** An entry of the log has told of it. */
  introduced = false;
  /** The last operation that was logged; the next one is this plus one. */
  last = 0;
  /** The answers to operations that the client has not acknowledged, by sequence. */
  readonly replies: Numbered<Value | Refusal> = new Numbered();
  /** Its operations that wait, by sequence. */
  readonly waiters: Map<number, Waiter> = new Map();
  /** Objects that are to be told when it ends. */
  readonly held: Set<Cell> = new Set();
  /** Answers up to here are gone. */
  trimmed = 0;
  readonly #kept: KeptBytes;

  constructor(id: string, { ttlMs, parent }: SessionLife, kept: KeptBytes) {
    this.id = id;
    this.ttlMs = ttlMs;
    this.parent = parent;
    this.#kept = kept;
  }

  /** Keeps an answer until it is acknowledged. */
  keep(sequence: number, reply: Value | Refusal): void {
    this.replies.set(sequence, reply);
    this.#kept.add(reply);
  }

  /** The client has the answer. */
  drop(sequence: number): void {
    this.#kept.remove(this.replies.take(sequence));
  }

  /** The client has the answers up to this sequence. */
  trim(through: number): void {
    // A client that lies about the future only loses its own answers; it shall not cost time.
    const end = Math.min(through, this.last);
    while (this.trimmed < end) this.drop(++this.trimmed);
  }

  /** It is over: nobody will ask. */
  dropAll(): void {
    for (const [, reply] of this.replies) this.#kept.remove(reply);
    this.replies.clear();
  }
}
