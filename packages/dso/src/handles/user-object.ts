import { CodecError, HandleError, travelsAs } from '@skein/codec';
import { callerOf } from '../client/caller.ts';
import { now } from '../client/clock.ts';
import type { Cluster } from '../client/cluster.ts';
import type { Link } from '../client/link.ts';
import type { Times } from '../client/pending.ts';
import { DsoError, UserCodeError } from '../errors.ts';
import type { Lease } from '../lease.ts';
import { codesOf } from '../objects/catalog.ts';
import { encodePlainArguments, type KnownCode, type ShippedArguments } from '../user/ship.ts';
import { Packed, type Value } from '../value/value.ts';
import { type Place, REMOVE, SharedObject, type WriteOptions } from './shared-object.ts';
import { callSending, sendAhead } from './user-code.ts';
import { Origin } from './user-object-origin.ts';
import { usersError } from './users-error.ts';
import { fromValueLoading } from './values.ts';

const code = codesOf('class');

/** A class whose instances may be shared. */
export type UserClass<T extends object, A extends readonly unknown[]> = new (...args: A) => T;

const WITH = 'skein.dso.with';

/**
 * The same object, whose methods take these options: a user's methods have their own arguments.
 *
 * @example await withOptions(account, { timeoutMs: 500, fence }).deposit(10);
 */
export function withOptions<T extends object>(object: T, options: WriteOptions): T {
  const make: unknown = (object as { [WITH]?: unknown })[WITH];
  if (typeof make !== 'function')
    throw new DsoError(
      'bad-argument',
      "withOptions(object, options): an object of a user's class is expected",
    );
  return (make as (options: WriteOptions) => T)(options);
}

type Method = (...args: never[]) => unknown;

declare const itself: unique symbol;
/** Tells a method that returns `this` from one that returns another instance of its class. */
interface Itself {
  readonly [itself]: true;
}
type Result<R, T extends object> = R extends Itself ? Shared<T> : R;

/**
 * The members of a shared object of a user's class: its methods, asynchronous. Fields stay with the object. A method
 * that returns `this` gives the handle on which it was called; any other instance comes as a copy.
 */
export type Shared<T extends object> = {
  readonly [K in keyof T as T[K] extends Method ? K : never]: (T & Itself)[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Result<Awaited<R>, T>>
    : never;
};

/**
 * A handle of an object of a user's class. Users hold a proxy of it, whose methods run at the server, one at a time. A
 * method that throws has changed nothing.
 *
 * The handle that `dso.object()` gives makes the object, again after it was deleted. One that has travelled knows
 * neither class nor arguments: it waits until the object is there.
 */
export class UserObject extends SharedObject {
  #origin: Origin | undefined;
  #options: WriteOptions | undefined;
  /** Of calls with functions among their arguments: those after them wait, for calls run in their order. */
  #behind: Promise<unknown> | undefined;

  /**
   * Makes the object unless it exists: class and arguments are captured now, and sent in the background.
   * @throws {CaptureError} for what cannot travel
   */
  static make<T extends object, A extends readonly unknown[]>(
    cluster: Cluster,
    key: string,
    Class: UserClass<T, A>,
    args: A,
    times?: Times,
    lease?: Lease,
  ): Shared<T> {
    if (typeof Class !== 'function' || Class.name === '')
      throw new DsoError(
        'bad-argument',
        `dso.object(key, Class, …args): a class with a name is expected, not ${String(Class)}`,
      );
    const handle = new UserObject({
      cluster,
      type: `class:${Class.name}`,
      key,
      config: [],
      mode: 'await',
      times,
      lease,
    });
    handle.#origin = new Origin(cluster, key, Class, args, times, lease);
    return proxyOf<T>(handle);
  }

  /** The object of a handle that has travelled: its maker makes it. */
  static revived(place: Place): object {
    return proxyOf(new UserObject(place));
  }

  /** For `withOptions`. */
  'skein.dso.with'(options: WriteOptions): object {
    const other = new UserObject(this.place);
    other.#origin = this.#origin;
    other.#options = { ...this.#options, ...options };
    return proxyOf(other);
  }

  /** @param itself what the method's own object is to the caller */
  async invoke(method: string, args: readonly unknown[], itself: object): Promise<unknown> {
    const caller = callerOf(now());
    // Captured before anything is awaited: they are what they are now.
    const asNow = this.#origin?.encode(args) ?? encodePlainArguments(args);
    const behind = this.#behind;
    const encoding = asNow instanceof Promise ? this.#sendAhead(asNow) : asNow;
    const maker = await this.#origin?.maker;
    // One that may not take long goes on its own: its time is counted from when it is sent.
    if (!isLimited(this.#options)) await this.#origin?.begun;
    // As many turns of the queue of promises for every call, so that none overtakes another.
    const encoded = encoding instanceof Promise ? await encoding : encoding;
    if (encoded === encoding && behind !== undefined) await behind;
    const known = encoded.known ?? maker?.shipped.known;
    const message = messageOf(method, encoded, maker?.shipped.ref.hash);
    let result: Value;
    try {
      result = await callSending(
        () => this.#link,
        [...(maker?.codes ?? []), ...encoded.codes],
        () => maker?.invoke(message, this.#options) ?? this.writeWaiting(code.invoke, message, this.#options),
      );
    } catch (error) {
      throw usersError(error, known, caller);
    }
    if (!(result instanceof Packed)) return Array.isArray(result) ? itself : result;
    return this.#decoded(method, result, known);
  }

  override async 'skein.dso.remove'(options?: WriteOptions): Promise<void> {
    if (this.#origin === undefined) return super[REMOVE](options);
    // What is under way to make it would make it again.
    await this.#origin.begun;
    await (await this.#origin.maker)[REMOVE](options);
  }

  /** Functions among the arguments are bundled, and sent: the calls after this one are held up until that is done. */
  #sendAhead(encoding: Promise<ShippedArguments>): Promise<ShippedArguments> {
    const before = this.#behind;
    const ready = (async () => {
      const encoded = await encoding;
      await sendAhead(this.#link, encoded.codes);
      await before;
      return encoded;
    })();
    const behind = ready
      .catch(() => before) // its own caller is told
      .then(() => {
        if (this.#behind === behind) this.#behind = undefined;
      });
    this.#behind = behind;
    return ready;
  }

  get #link(): Link {
    return this.place.cluster.linkOf(this.slot);
  }

  async #decoded(method: string, result: Packed, known: KnownCode | undefined): Promise<unknown> {
    try {
      return await fromValueLoading(result, known?.functions);
    } catch (error) {
      if (known !== undefined || !(error instanceof CodecError || error instanceof HandleError)) throw error;
      throw new UserCodeError(
        'user-code-failed',
        'no-such-code',
        `${method}() of ${this.type} '${this.key}' has run, and what it returned holds classes or functions, which only ` +
          'a handle made here by dso.object(key, Class, …args) can read: return plain data',
        { cause: error },
      );
    }
  }
}

function isLimited(options: WriteOptions | undefined): boolean {
  return options?.timeoutMs !== undefined || options?.signal !== undefined;
}

/** `[method, arguments, hashes of code within them, the hash of the class's code if they name what is in it]` */
function messageOf(
  method: string,
  { args, codes, known }: ShippedArguments,
  hash: string | undefined,
): readonly Value[] {
  return known === undefined ? [method, args] : [method, args, codes.map((text) => text.hash), hash];
}

function proxyOf<T extends object>(handle: UserObject): Shared<T> {
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  const proxy: UserObject = new Proxy(handle, {
    get(target, name) {
      if (name === REMOVE) return target[REMOVE].bind(target);
      if (name === WITH) return target[WITH].bind(target);
      // A proxy that had a `then` would be awaited for ever; symbols are never methods that travel.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined;
      let method = methods.get(name);
      if (method === undefined) {
        method = (...args) => target.invoke(name, args, proxy);
        methods.set(name, method);
      }
      return method;
    },
    set: () => {
      throw new DsoError(
        'bad-argument',
        `fields of ${handle.type} '${handle.key}' are at the server: change them in a method`,
      );
    },
  });
  travelsAs(proxy, handle);
  return proxy as unknown as Shared<T>;
}
