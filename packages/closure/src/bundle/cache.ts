import type { Built } from './built.ts';
import { InputState } from './fingerprint.ts';

interface Entry<T> {
  readonly value: T;
  readonly inputs: InputState;
  readonly weight: number;
}

/** Characters of text that are kept; maps weigh about as much again. */
const defaultCapacity = 64 * 2 ** 20;

/**
 * Builds by key. Valid while every input file is unchanged; concurrent requests for one key are one build; a build
 * that failed, or whose inputs changed while it ran, is not kept; the least recently used go first.
 */
export class BuildCache<T extends { readonly built: Built }> {
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #running = new Map<string, Promise<T>>();
  #weight = 0;

  constructor(capacity: number = defaultCapacity) {
    this.#capacity = capacity;
  }

  get weight(): number {
    return this.#weight;
  }

  get(key: string, build: () => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key);
    if (entry) {
      this.#remove(key, entry);
      if (entry.inputs.isCurrent()) {
        this.#add(key, entry); // at the end: the most recently used
        return Promise.resolve(entry.value);
      }
    }
    const running = this.#running.get(key);
    if (running) return running;
    const started = Date.now();
    const promise = build()
      .then((value) => {
        const inputs = InputState.of(value.built.inputs, started);
        if (inputs) this.#add(key, { value, inputs, weight: value.built.text.length });
        return value;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, promise);
    return promise;
  }

  #add(key: string, entry: Entry<T>): void {
    this.#entries.set(key, entry);
    this.#weight += entry.weight;
    for (const [oldKey, old] of this.#entries) {
      if (this.#weight <= this.#capacity) return;
      this.#remove(oldKey, old);
    }
  }

  #remove(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}
