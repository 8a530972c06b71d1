import type { Place } from '../wire/payload.ts';

/** A result that is an object in storage: read when somebody asks for it, or handed on to other calls unread. */
export class StoredResult {
  readonly place: Place;
  readonly #read: (keep: boolean) => Promise<unknown>;
  #value: Promise<unknown> | undefined;
  #kept = false;
  /** The object has been read, or has turned out to be unreadable. */
  #held = false;

  /** @param read reads and decodes it, and removes the object unless it is to be kept */
  constructor(place: Place, read: (keep: boolean) => Promise<unknown>) {
    this.place = place;
    this.#read = read;
  }

  /** Holds nothing that only its own job's code could decode. */
  get plain(): boolean {
    return this.place.kind === 'object' && this.place.plain === true;
  }

  read(): Promise<unknown> {
    this.#value ??= this.#read(this.#kept).finally(() => {
      this.#held = true;
    });
    return this.#value;
  }

  /** Other calls will read the object: it stays until the executor ends. `false` when it is gone already. */
  keep(): boolean {
    if (this.#value !== undefined && !this.#kept) return false;
    this.#kept = true;
    return true;
  }

  /** Whether nobody is to read the object any more. @param others calls may still run that were given it */
  isFree(others: boolean): boolean {
    return this.#held && !(this.#kept && others);
  }

  /** The object is gone: from here on the result is handed on by value. */
  release(): void {
    this.#kept = false;
  }
}
