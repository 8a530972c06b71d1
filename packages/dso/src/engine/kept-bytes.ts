import { sizeOf, type Value } from '../value/value.ts';
import { Refusal } from './refusal.ts';

/** Smaller answers are not counted: they are as large as what is kept with each of them. */
const LARGE = 1024;

interface Kept {
  readonly bytes: number;
  times: number;
}

/** How much memory a slot's kept answers take (D3): of the large ones, each once, however many sessions share it. */
export class KeptBytes {
  bytes = 0;
  readonly #large = new Map<Value | Refusal, Kept>();

  add(reply: Value | Refusal): void {
    if (!mayBeLarge(reply)) return;
    const known = this.#large.get(reply);
    if (known !== undefined) {
      known.times++;
      return;
    }
    const bytes = reply instanceof Refusal ? reply.message.length + sizeOf(reply.details) : sizeOf(reply);
    if (bytes <= LARGE) return;
    this.#large.set(reply, { bytes, times: 1 });
    this.bytes += bytes;
  }

  remove(reply: Value | Refusal): void {
    if (this.#large.size === 0 || !mayBeLarge(reply)) return;
    const known = this.#large.get(reply);
    if (known === undefined) return;
    known.times--;
    if (known.times > 0) return;
    this.#large.delete(reply);
    this.bytes -= known.bytes;
  }
}

function mayBeLarge(reply: Value | Refusal): boolean {
  return typeof reply === 'string' ? reply.length > LARGE / 4 : typeof reply === 'object' && reply !== null;
}
