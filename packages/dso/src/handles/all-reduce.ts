import type { Cluster } from '../client/cluster.ts';
import type { Times } from '../client/pending.ts';
import type { Lease } from '../lease.ts';
import { codesOf } from '../objects/catalog.ts';
import { codeValue } from '../objects/code.ts';
import type { ReductionOperator } from '../objects/reduction.ts';
import { type ShippedCode, shipCode } from '../user/ship.ts';
import type { Value } from '../value/value.ts';
import { expected, positive } from './collection-arguments.ts';
import { flatten } from './reduction-shape.ts';
import { type PlaceOptions, placeOf } from './scalar-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';
import { callSending } from './user-code.ts';
import { usersError } from './users-error.ts';
import { fromValueLoading, toValue } from './values.ts';

const CODES = codesOf('allReduce');

/** How numbers are combined, element by element. */
export type ReduceOperator = ReductionOperator;

/** Combines two values into one, at the server. It has to be associative for the result not to depend on the order. */
export type ReduceFunction<T> = (a: T, b: T) => T | Promise<T>;

/** Options of {@link AllReduce.reduce}. */
export interface ReduceOptions extends WriteOptions, PlaceOptions {}

/** How an {@link AllReduce} is made. */
export interface AllReduceOptions<T> {
  readonly parties: number;
  readonly op: ReduceOperator | ReduceFunction<T>;
}

const OPERATORS: readonly unknown[] = ['sum', 'min', 'max', 'prod'] satisfies ReduceOperator[];

/**
 * Combines a value of each party, round after round, and gives all of them the result: two messages a party. Numbers
 * with an operator: a number, a typed array, or nested arrays and plain records of those, the same structure of all
 * parties. Any values with a function.
 *
 * With ranks the values are combined in their order (((0, 1), 2), …), so that the result is the same whoever is
 * faster; without, in the order of arrival. Unlike a barrier it heals itself: when a party times out, is cancelled or
 * dies that has joined a round, the others of the round are told, and the next to come begin it afresh.
 */
export class AllReduce<T> extends SharedObject {
  #shipping: Promise<ShippedCode> | undefined;
  #making: Promise<void> | undefined;

  /** Made by `dso.allReduce(key, options)`. A function is captured now, and sent in the background. */
  static make<T>(
    cluster: Cluster,
    key: string,
    { parties, op }: AllReduceOptions<T>,
    times?: Times,
    lease?: Lease,
  ): AllReduce<T> {
    positive('parties', parties);
    if (typeof op !== 'function') {
      if (!OPERATORS.includes(op)) throw expected('op', "'sum', 'min', 'max', 'prod' or a function", op);
      return new AllReduce<T>({ cluster, type: 'allReduce', key, config: [parties, op], times, lease });
    }
    const place = { cluster, type: 'allReduce', key, times, lease };
    const handle = new AllReduce<T>({ ...place, config: [], mode: 'await' });
    handle.#shipping = shipCode(op);
    handle.#making = handle.#shipping.then(async ({ ref, code }) => {
      const maker = new Maker({ ...place, config: [parties, codeValue(ref)] });
      await callSending(
        () => cluster.linkOf(handle.slot),
        [code],
        () => maker.make(),
      );
    });
    // Told by `reduce`; it may never be called here.
    handle.#making.catch(() => {});
    return handle;
  }

  /**
   * Gives this party's value, and waits for the combination of all.
   *
   * @throws {BrokenBarrierError} a party of the round has gone; those that are left may begin it again
   * @throws {TimeoutError} the others did not come in time
   * @throws {DsoError} `bad-argument`: the value cannot be combined, or is built otherwise than the others'
   * @throws {OutcomeUnknownError} the outcome of the round that is meant is not kept any more: the last 64, at most 32 MiB
   * @throws what the function throws; the round begins afresh
   */
  async reduce(local: T, { rank, round, ...options }: ReduceOptions = {}): Promise<T> {
    const place = placeOf({ rank, round });
    // What a function combines is unknown to a handle that has travelled: whoever made it has made the object.
    if (typeof this.place.config[1] !== 'string') return this.#reduceByFunction(place, local, options);
    const { shape, numbers, rebuild } = flatten(local);
    const [combined] = await this.#send([...place, shape, numbers], options);
    return rebuild(combined as Float64Array);
  }

  /** Begins the round afresh; those who wait are told. Gives its number. */
  async reset(options?: WriteOptions): Promise<number> {
    await this.#making;
    return (await this.write(CODES.reset, [], options)) as number;
  }

  /** How many parties it is for. */
  async parties(options?: CallOptions): Promise<number> {
    return (await this.#status(options))[0];
  }

  /** How many have given their value to the current round. */
  async waiting(options?: CallOptions): Promise<number> {
    return (await this.#status(options))[1];
  }

  /** The number of the current round, from 0. */
  async round(options?: CallOptions): Promise<number> {
    return (await this.#status(options))[2];
  }

  async #reduceByFunction(place: readonly Value[], local: T, options: WriteOptions): Promise<T> {
    // As it is now, not when the function has been sent.
    const value = toValue(local, 'the value');
    await this.#making;
    try {
      const [combined] = await this.#send([...place, undefined, value], options);
      return await fromValueLoading(combined);
    } catch (error) {
      throw usersError(error, await this.#shipping);
    }
  }

  async #send(args: readonly Value[], options: WriteOptions): Promise<readonly Value[]> {
    return (await this.writeWaiting(CODES.reduce, args, options)) as readonly Value[];
  }

  async #status(options?: CallOptions): Promise<readonly [number, number, number]> {
    await this.#making;
    return (await this.read(CODES.status, [], options)) as unknown as readonly [number, number, number];
  }
}

/** Makes the object, with the function. */
class Maker extends SharedObject {
  /** Any operation makes it; this one does nothing else. */
  async make(): Promise<void> {
    await this.read(CODES.status, []);
  }
}
