/** Keeps the process alive while somebody holds it: what waits for workers waits for nothing that Node would stay for. */
export class KeepAlive {
  #held = 0;
  #timer: NodeJS.Timeout | undefined;

  hold(): void {
    // Without a purpose but to be there.
    if (this.#held++ === 0) this.#timer = setInterval(() => {}, 2 ** 30);
  }

  release(): void {
    if (--this.#held === 0) clearInterval(this.#timer);
  }
}
