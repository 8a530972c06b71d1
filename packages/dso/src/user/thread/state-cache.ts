import type { Code } from './code-loader.ts';

/** The state of an object as bytes, and the code that reads them. */
export interface Kept {
  readonly key: number;
  readonly bytes: Uint8Array;
  readonly code: Code;
}

/** Beside its bytes an entry holds names and references. */
const ENTRY_BYTES = 256;

/**
 * States of the objects that this thread has worked on, so that they need not be sent for every call. Bounded: what
 * was used longest ago is dropped, and sent again when it is needed.
 */
export class StateCache {
  readonly #maxBytes: number;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The state of an object when it is the one that the key names. */
  get(object: string, key: number): Kept | undefined {
    const kept = this.#kept.get(object);
    if (kept?.key !== key) return undefined;
    this.#kept.delete(object);
    this.#kept.set(object, kept);
    return kept;
  }

  /** Whatever its size, the state that was set last is kept. */
  set(object: string, kept: Kept): void {
    this.forget(object);
    this.#kept.set(object, kept);
    this.#bytes += kept.bytes.length + ENTRY_BYTES;
    for (const other of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes || other === object) break;
      this.forget(other);
    }
  }

  forget(object: string): void {
    const kept = this.#kept.get(object);
    if (kept === undefined) return;
    this.#kept.delete(object);
    this.#bytes -= kept.bytes.length + ENTRY_BYTES;
  }
}
