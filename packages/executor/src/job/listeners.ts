/** Who waits for something to change: told once a turn, however much has changed in it. */
export class Listeners {
  readonly #listeners = new Set<() => void>();
  #telling = false;

  /** Calls `listener` whenever something changes; gives the way to stop. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the condition holds; it is looked at whenever something changes. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.watch(() => {
        if (!condition()) return;
        stop();
        resolve();
      });
    });
  }

  changed(): void {
    if (this.#telling || this.#listeners.size === 0) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
