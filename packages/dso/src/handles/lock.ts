import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Undo } from '../client/pending.ts';
import { TimeoutError } from '../errors.ts';
import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { positive } from './collection-arguments.ts';
import { Condition } from './condition.ts';
import { text } from './scalar-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('lock');

/** Options of acquiring a {@link Lock}. */
export interface LockOptions extends WriteOptions {
  /**
   * Who acquires it, a name of the caller's choice within its process or call: whoever holds the lock by that name
   * acquires it again at once, and has to release it as often.
   * @default this acquisition is a holder of its own, and waits even for others of the same program
   */
  readonly holder?: string | undefined;
}

/** Options of waiting for a {@link Condition}. */
export interface ConditionOptions extends WriteOptions {
  /** With which the lock is held. @default the one with which this program holds it */
  readonly token?: number | undefined;
}

/** How this process holds a lock. */
interface Hold {
  readonly holder: string | undefined;
  token: number;
  depth: number;
}

/** `use` that runs around the code that asks, innermost first. */
interface Within {
  readonly cluster: object;
  readonly key: string;
  readonly hold: Hold;
  /** Cleared when `use` has ended: what it has started may go on. */
  holds: boolean;
  readonly outer: Within | undefined;
}

const context = new AsyncLocalStorage<Within>();

/**
 * Mutual exclusion, first come first served. Each time that it is granted comes with a fencing token, a whole number
 * from 1 that is higher than any before: given to writes as `{ fence: token }`, it keeps out a holder of the past that
 * has not noticed yet. When the process or call ends that holds it, it is free. Deleting the lock begins the tokens
 * anew.
 */
export class Lock extends SharedObject {
  #hold: Hold | undefined;

  /**
   * Waits for the lock, and gives the token.
   * @throws {TimeoutError} when that took too long; the lock is not held
   */
  async acquire({ holder, ...options }: LockOptions = {}): Promise<number> {
    return (await this.#acquire(nameOf(holder), 1, options)).token;
  }

  /** Acquires the lock if that is possible at once, and gives the token; else `undefined`. */
  async tryAcquire({ holder, ...options }: LockOptions = {}): Promise<number | undefined> {
    const name = nameOf(holder);
    const reply = await this.writeTaking(CODES.tryAcquire, [name], options, release);
    return reply === undefined ? undefined : this.#granted(name, reply).token;
  }

  /**
   * Releases it once.
   * @param token that `acquire` gave; without it, what this process or call holds
   * @throws {DsoError} `not-holder`: it is not held, not with this token, or not from here
   */
  async release(token?: number, options?: WriteOptions): Promise<void> {
    const hold = this.#current();
    const shown = token === undefined ? hold?.token : positive('the token', token);
    const depth = (await this.write(CODES.release, [shown], options)) as number;
    if (hold !== undefined && hold.token === shown) hold.depth = depth;
    if (this.#hold === hold && depth === 0) this.#hold = undefined;
  }

  /**
   * Releases it, whoever holds it and however often it was acquired; whether anybody did. For locks that one acquires and
   * another releases: whoever has held it is not told.
   */
  async releaseAny(options?: WriteOptions): Promise<boolean> {
    const wasHeld = (await this.write(CODES.releaseAny, [], options)) as boolean;
    this.#hold = undefined;
    return wasHeld;
  }

  /**
   * Runs a function while the lock is held, and releases it however the function ends. `use` of the same lock within
   * does not wait; so two of them that run within at the same time do not exclude each other. `acquire` within waits
   * for itself.
   */
  async use<R>(fn: (token: number) => R | Promise<R>, options?: WriteOptions): Promise<R> {
    const { cluster } = this.place;
    const outer = this.#within();
    const hold = await this.#acquire(outer?.hold.holder ?? randomUUID(), 1, options);
    // Within another one it is the same hold, which a condition may give another token.
    const shared = outer === undefined ? hold : outer.hold;
    Object.assign(shared, { token: hold.token, depth: hold.depth });
    const within: Within = { cluster, key: this.key, hold: shared, holds: true, outer: context.getStore() };
    let result: R;
    try {
      result = await context.run(within, async () => fn(shared.token));
    } catch (error) {
      within.holds = false;
      // What went wrong first is what to tell; a lock that cannot be released goes with the session.
      await this.#releaseUse(shared).catch(() => {});
      throw error;
    }
    within.holds = false;
    await this.#releaseUse(shared);
    return result;
  }

  /** The token with which this program holds it: of the `use` around the caller, or else of this handle. */
  get token(): number | undefined {
    return this.#current()?.token;
  }

  /** Whether anybody holds it. */
  async isHeld(options?: CallOptions): Promise<boolean> {
    const [token] = (await this.read(CODES.status, [], options)) as readonly Value[];
    return token !== undefined;
  }

  /** A condition of this lock; the same name is the same condition. */
  condition(name: string): Condition {
    return new Condition(this, text("the condition's name", name));
  }

  /** What {@link Condition.wait} does. */
  async waitFor(condition: string, { token, ...options }: ConditionOptions = {}): Promise<boolean> {
    const hold = this.#current() ?? { holder: undefined, token: 0, depth: 1 };
    const shown = token === undefined ? hold.token || undefined : positive('the token', token);
    let reply: Value;
    try {
      reply = await this.writeWaiting(CODES.waitOn, [condition, shown], options, releaseWhole);
    } catch (error) {
      const isTimeout = error instanceof TimeoutError;
      if (!isTimeout && options.signal?.aborted !== true) throw error;
      // It does not hold the lock now, unless not even that came to the server. Whoever called expects to hold it,
      // whatever the reason.
      Object.assign(hold, await this.#acquire(hold.holder, hold.depth, undefined, shown));
      if (isTimeout) return false;
      throw error;
    }
    Object.assign(hold, this.#granted(hold.holder, reply));
    return true;
  }

  /** What {@link Condition.notify} does. */
  async notify(condition: string, n: number | undefined, options?: ConditionOptions): Promise<number> {
    const { token = this.token, ...others } = options ?? {};
    return (await this.write(CODES.notify, [condition, token, n], others)) as number;
  }

  /** @param had the token with which it may be held still */
  async #acquire(
    holder: string | undefined,
    depth: number,
    options: WriteOptions | undefined,
    had?: number,
  ): Promise<Hold> {
    const args = [holder, depth, had];
    return this.#granted(holder, await this.writeWaiting(CODES.acquire, args, options, release));
  }

  #granted(holder: string | undefined, reply: Value): Hold {
    const [token, depth] = reply as readonly [number, number];
    // Only one is held at a time: what this handle has held before is over.
    this.#hold = { holder, token, depth };
    return this.#hold;
  }

  async #releaseUse(hold: Hold): Promise<void> {
    hold.depth = (await this.write(CODES.release, [hold.token])) as number;
    if (this.#hold?.token === hold.token && hold.depth === 0) this.#hold = undefined;
  }

  #current(): Hold | undefined {
    return this.#within()?.hold ?? this.#hold;
  }

  /** The innermost `use` of this lock around the caller. */
  #within(): Within | undefined {
    const { cluster } = this.place;
    for (let within = context.getStore(); within !== undefined; within = within.outer) {
      if (within.holds && within.cluster === cluster && within.key === this.key) return within;
    }
    return undefined;
  }
}

function nameOf(holder: unknown): string | undefined {
  return holder === undefined ? undefined : text("the holder's name", holder);
}

/** What came when its caller had been told that nobody knows is released as often as it was asked for. */
const release: Undo = (reply, [, depth = 1]) => releases(reply, depth as number);

/** After a condition it is held as often as before. */
const releaseWhole: Undo = (reply) => releases(reply, Array.isArray(reply) ? (reply[1] as number) : 0);

function releases(reply: Value, times: number): ReturnType<Undo> {
  if (!Array.isArray(reply)) return [];
  return Array.from({ length: times }, () => ({ operation: CODES.release, args: [reply[0] as number] }));
}
