/** Items before the first are dropped when there are so many, and half of all. */
const SLACK = 1024;

/** An array that gives its first item in constant time, however long it is. */
export class Deque<T> implements Iterable<T> {
  #items: (T | undefined)[];
  /** Where it begins; before that are only `undefined`s. */
  #start = 0;

  constructor(items: readonly T[] = []) {
    this.#items = [...items];
  }

  get length(): number {
    return this.#items.length - this.#start;
  }

  /** @param index of an item that is there */
  at(index: number): T {
    return this.#items[this.#start + index] as T;
  }

  set(index: number, item: T): void {
    this.#items[this.#start + index] = item;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  pop(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items.pop();
    if (this.length === 0) this.clear();
    return item;
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#start];
    this.#items[this.#start++] = undefined;
    if (this.#start === this.#items.length) this.clear();
    else if (this.#start >= SLACK && this.#start * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
    return item;
  }

  /** Puts items before the one at `index`. */
  insert(index: number, items: readonly T[]): void {
    const at = this.#start + index;
    // Not by spreading into splice: a hundred thousand arguments are too many for the stack.
    if (items.length === 1) this.#items.splice(at, 0, items[0] as T);
    else this.#items = [...this.#items.slice(0, at), ...items, ...this.#items.slice(at)];
  }

  removeAt(index: number): T {
    return this.#items.splice(this.#start + index, 1)[0] as T;
  }

  clear(): void {
    this.#items = [];
    this.#start = 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let i = this.#start; i < this.#items.length; i++) yield this.#items[i] as T;
  }
}
