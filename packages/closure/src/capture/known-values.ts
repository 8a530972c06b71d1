import type { FunctionDecoder } from '@skein/codec';
import { builtinOf } from '../builtins.ts';
import { remembered } from '../remembered.ts';
import { type ReferenceToken, readToken, written } from '../tokens.ts';

/**
 * What a receiver has already when a message arrives, by value, and what its tokens mean at the caller.
 *
 * Functions that the message itself brings count only for the messages after it: within one, the codec knows that
 * a value comes again.
 */
export class KnownValues {
  readonly #above: KnownValues | undefined;
  readonly #ids: { next: number };
  readonly #tokens = new Map<object, ReferenceToken>();
  readonly #values = new Map<string, object>();
  readonly #made = new Map<Function, number>();
  readonly #functions = new Map<number, Function>();

  /** `above`: what earlier messages brought; ids go on from there, so that none is used twice. */
  constructor(above?: KnownValues) {
    this.#above = above;
    this.#ids = above === undefined ? { next: 0 } : above.#ids;
  }

  get isEmpty(): boolean {
    return this.#tokens.size === 0 && this.#made.size === 0;
  }

  /** How a value is named in this message; undefined for what has to be sent. */
  token(value: object): ReferenceToken | undefined {
    return this.#tokens.get(value) ?? this.#above?.afterwards(value);
  }

  set(value: object, token: ReferenceToken): void {
    this.#tokens.set(value, token);
    this.#values.set(written(token), value);
  }

  /** The first path under which a value is imported is its name. */
  setImport(value: object, token: ReferenceToken): void {
    if (this.token(value) === undefined) this.#tokens.set(value, token);
    this.#values.set(written(token), value);
  }

  /** Gives a function that is going to be made at the receiver an id. */
  add(fn: Function): number {
    return remembered(this.#made, fn, () => {
      const id = this.#ids.next++;
      this.#functions.set(id, fn);
      return id;
    });
  }

  function(id: number): Function | undefined {
    return this.#functions.get(id) ?? this.#above?.function(id);
  }

  value(token: ReferenceToken): object | undefined {
    return this.#values.get(written(token)) ?? this.#above?.value(token);
  }

  /** How a value is named once this message has arrived. */
  private afterwards(value: object): ReferenceToken | undefined {
    const made = this.#made.get(value as Function);
    return made === undefined ? this.token(value) : ['known', made];
  }
}

/** Decodes results at the caller: functions, classes and imported values come back as the caller's own. */
export class ResultDecoder implements FunctionDecoder {
  readonly #known: KnownValues;

  constructor(known: KnownValues) {
    this.#known = known;
  }

  reference(token: unknown): unknown {
    const named = readToken(token as string);
    const found =
      named[0] === 'node'
        ? builtinOf(named)
        : named[0] === 'known'
          ? this.#known.function(named[1])
          : this.#known.value(named);
    if (found === undefined)
      throw new TypeError(`the result names ${String(token)}, which this capture does not know`);
    return found;
  }

  create(token: unknown): Function {
    return this.reference(token) as Function;
  }

  fill(): void {}

  allocate(): object {
    throw new TypeError('a result cannot hold #private fields'); // the worker refuses to send any
  }

  setPrivates(): void {}
}
