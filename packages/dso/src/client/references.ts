/** The numbers of objects on one connection: a call names its object by that. */
import { encodedSize } from '../value/encoded-size.ts';
import { Writer } from '../value/writer.ts';
import { writeDefinition } from '../wire/messages.ts';
import { LARGE, type Outbox } from '../wire/outbox.ts';
import { ToNode } from '../wire/protocol.ts';
import type { ClientTarget } from './target.ts';

/** Objects that have a number at a time. */
const MAX_REFS = 200_000;

export class References {
  #refs: ClientTarget[] = [];
  /** What the node was told of when they were used last. */
  #seen: (string | undefined)[] = [];
  #next = 0;

  has(target: ClientTarget): boolean {
    return target.ref >= 0 && this.#refs[target.ref] === target;
  }

  /** The same in a cluster, where the node also has to know in which life of its slot the object has been used. */
  isUpToDate(target: ClientTarget): boolean {
    return this.has(target) && this.#seen[target.ref] === target.seenIn;
  }

  at(ref: number): ClientTarget | undefined {
    return this.#refs[ref];
  }

  /** There is a new connection, which knows none. */
  forget(): void {
    for (const target of this.#refs) target.ref = -1;
    this.#refs = [];
    this.#seen = [];
    this.#next = 0;
  }

  /** Gives an object a number, and tells the node. */
  define(target: ClientTarget, outbox: Outbox): void {
    const refs = this.#refs;
    let ref = this.#next;
    // Numbers are given in turn; one whose object is in use is passed over.
    if (refs.length < MAX_REFS) ref = refs.length;
    else for (let i = 0; i < MAX_REFS && refs[ref]!.inFlight > 0; i++) ref = (ref + 1) % MAX_REFS;
    this.#next = (ref + 1) % MAX_REFS;
    const before = refs[ref];
    if (before !== undefined) before.ref = -1;
    refs[ref] = target;
    target.ref = ref;
    this.#seen[ref] = target.seenIn;
    const { type, key, mode, seenIn, lease, config } = target;
    const definition = { ref, type, key, mode, seenIn, lease, config };
    if (encodedSize(config) <= LARGE) {
      writeDefinition(outbox.frame(ToNode.define), definition);
      return;
    }
    const writer = new Writer();
    writer.byte(ToNode.define);
    writeDefinition(writer, definition);
    outbox.inOrder(writer.take());
  }
}
