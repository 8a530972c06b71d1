/** What is asked of a node itself. It is not asked again: an answer that does not come is an error. */
import type { RefusalCode } from '../engine/refusal.ts';
import { errorOf } from '../errors.ts';
import type { Reader } from '../value/reader.ts';
import type { Value } from '../value/value.ts';
import { Writer } from '../value/writer.ts';
import type { Outbox } from '../wire/outbox.ts';
import { ReplyKind, ToNode } from '../wire/protocol.ts';

export class Administration {
  readonly #waiting = new Map<number, { resolve(value: Value): void; reject(error: unknown): void }>();
  #next = 1;

  /** Questions without an answer. */
  get size(): number {
    return this.#waiting.size;
  }

  ask(name: string, args: readonly Value[], outbox: Outbox): Promise<Value> {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      const writer = new Writer();
      writer.byte(ToNode.admin);
      writer.varint(id);
      writer.text(name);
      writer.values(args);
      outbox.large(writer.take());
    });
  }

  answer(body: Reader): void {
    const id = body.varint();
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (body.byte() === ReplyKind.value) waiting?.resolve(body.value());
    else waiting?.reject(errorOf(body.text() as RefusalCode, body.text()));
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
