import type { CodeText } from './code.ts';

/**
 * Shipped code by hash. Bounded by the size of its texts: what was used longest ago is dropped first. That loses
 * nothing, for whoever calls an object has its code and ships it again when it is told `no-such-code`.
 */
export class CodeTable {
  readonly #maxBytes: number;
  /** In the order of their last use. */
  readonly #texts = new Map<string, CodeText>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whatever its size, the code that was added last is kept. */
  add(text: CodeText): void {
    if (this.get(text.hash) !== undefined) return;
    this.#texts.set(text.hash, text);
    this.#bytes += text.code.length;
    for (const [hash, { code }] of this.#texts) {
      if (this.#bytes <= this.#maxBytes || hash === text.hash) break;
      this.#texts.delete(hash);
      this.#bytes -= code.length;
    }
  }

  has(hash: string): boolean {
    return this.#texts.has(hash);
  }

  /** Counts as a use. */
  get(hash: string): CodeText | undefined {
    const text = this.#texts.get(hash);
    if (text === undefined) return undefined;
    this.#texts.delete(hash);
    this.#texts.set(hash, text);
    return text;
  }
}
