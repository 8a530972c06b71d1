/** One after another. What fails, fails for all who wait behind it: they would each wait as long for the same server. */
export class InTurn {
  #last: Promise<unknown> | undefined;

  run<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const running = (async () => {
      await before;
      return work();
    })();
    this.#last = running;
    const done = (): void => {
      if (this.#last === running) this.#last = undefined;
    };
    running.then(done, done);
    return running;
  }
}
