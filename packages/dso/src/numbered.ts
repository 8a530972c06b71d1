/** No number: it is equal to none, whatever a number is that somebody asks for. */
const NONE: number = Number.NaN;
const SMALLEST = 8;

/**
 * Things by number, where numbers are given in turn and things go about in their order: calls that are under way, answers
 * that are kept. They lie in a ring. A Map is made anew every so many additions, and each of its tables that was outgrown
 * keeps the next one alive, with all that was in it, until the old generation is collected: with a thousand calls in flight
 * that was half of a client's time.
 */
export class Numbered<T> implements Iterable<readonly [number, T]> {
  /** Each number's place is its last bits. */
  #numbers: number[] = new Array(SMALLEST).fill(NONE);
  #things: (T | undefined)[] = new Array(SMALLEST).fill(undefined);
  #mask: number = SMALLEST - 1;
  /** The lowest number in the ring, if there is any, and what all are below. */
  #first = 0;
  #end = 0;
  #inRing = 0;
  /** Those that the others have left far behind, such as a call that waits, and those that came out of turn. */
  readonly #behind = new Map<number, T>();

  get size(): number {
    return this.#inRing + this.#behind.size;
  }

  has(number: number): boolean {
    return this.#numbers[number & this.#mask] === number || this.#behind.has(number);
  }

  get(number: number): T | undefined {
    const place = number & this.#mask;
    return this.#numbers[place] === number ? this.#things[place] : this.#behind.get(number);
  }

  set(number: number, thing: T): void {
    if (this.#numbers[number & this.#mask] !== number) {
      const isEmpty = this.#inRing === 0;
      if ((!isEmpty && number < this.#first) || this.#behind.has(number)) {
        this.#behind.set(number, thing);
        return;
      }
      if (isEmpty) this.#first = number;
      while (this.#inRing > 0 && number - this.#first > this.#mask) this.#makeRoom();
      if (this.#inRing === 0) this.#first = number;
      if (this.#inRing === 0 || number >= this.#end) this.#end = number + 1;
      this.#inRing++;
    }
    const place = number & this.#mask;
    this.#numbers[place] = number;
    this.#things[place] = thing;
  }

  delete(number: number): boolean {
    const place = number & this.#mask;
    if (this.#numbers[place] !== number) return this.#behind.delete(number);
    this.#numbers[place] = NONE;
    this.#things[place] = undefined;
    this.#inRing--;
    if (number === this.#first) this.#skip();
    return true;
  }

  /** Takes a thing out, if it is there. */
  take(number: number): T | undefined {
    const thing = this.get(number);
    this.delete(number);
    return thing;
  }

  /** Takes out the first. */
  shift(): T | undefined {
    if (this.#behind.size > 0) for (const [number] of this) return this.take(number);
    return this.#inRing === 0 ? undefined : this.take(this.#first);
  }

  clear(): void {
    this.#numbers = new Array(SMALLEST).fill(NONE);
    this.#things = new Array(SMALLEST).fill(undefined);
    this.#mask = SMALLEST - 1;
    this.#inRing = 0;
    this.#behind.clear();
  }

  /** In the order of the numbers. */
  *[Symbol.iterator](): Iterator<readonly [number, T]> {
    const all: (readonly [number, T])[] = [...this.#behind];
    for (const [place, number] of this.#numbers.entries())
      if (!Number.isNaN(number)) all.push([number, this.#things[place] as T]);
    yield* all.sort(([a], [b]) => a - b);
  }

  /** A larger ring when it is full; when it is mostly holes, the first is in the way. */
  #makeRoom(): void {
    const numbers = this.#numbers;
    const things = this.#things;
    if (this.#inRing > numbers.length / 2) {
      this.#mask = numbers.length * 2 - 1;
      this.#numbers = new Array(numbers.length * 2).fill(NONE);
      this.#things = new Array(numbers.length * 2).fill(undefined);
      for (const [place, number] of numbers.entries()) {
        if (Number.isNaN(number)) continue;
        this.#numbers[number & this.#mask] = number;
        this.#things[number & this.#mask] = things[place];
      }
      return;
    }
    const first = this.#first;
    const thing = things[first & this.#mask] as T;
    this.delete(first);
    this.#behind.set(first, thing);
  }

  /** To the lowest number that is there. */
  #skip(): void {
    const numbers = this.#numbers;
    const mask = this.#mask;
    let first = this.#first + 1;
    while (first < this.#end && numbers[first & mask] !== first) first++;
    this.#first = first;
  }
}
