import type { Data, Vector } from 'apache-arrow';
import type { Arrow } from '../arrow/load.ts';
import { packBytes } from '../arrow/texts.ts';

/** The distinct texts of a column, as they are met: one dictionary for all row groups of a part. */
export class Dictionary {
  readonly #arrow: Arrow;
  readonly #indices = new Map<string, number>();
  #fresh: Uint8Array[] = [];
  #chunks: readonly Data[] = [];
  #vector: Vector;

  constructor(arrow: Arrow) {
    this.#arrow = arrow;
    this.#vector = arrow.vectorFromArray([], new arrow.Utf8());
  }

  indexOf(value: Uint8Array): number {
    // One character a byte: what is no UTF-8 is told apart too.
    const key = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = this.#indices.size;
      this.#indices.set(key, index);
      this.#fresh.push(value.slice());
    }
    return index;
  }

  /** All values so far. Those of before are the same chunks of memory, so that writers write what is new alone. */
  get vector(): Vector {
    if (this.#fresh.length > 0) {
      const { makeData, Utf8, Vector } = this.#arrow;
      const { offsets, bytes } = packBytes(this.#fresh);
      this.#chunks = [...this.#chunks, makeData({ type: new Utf8(), valueOffsets: offsets, data: bytes })];
      this.#fresh = [];
      this.#vector = new Vector([...this.#chunks]).memoize() as Vector;
    }
    return this.#vector;
  }
}
