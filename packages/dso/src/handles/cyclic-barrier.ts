import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { checkFunction } from './collection-arguments.ts';
import { type PlaceOptions, placeOf } from './scalar-arguments.ts';
import { type CallOptions, SharedObject, type WriteOptions } from './shared-object.ts';

const CODES = codesOf('barrier');

/** Options of {@link CyclicBarrier.wait}. */
export interface BarrierOptions extends WriteOptions, PlaceOptions {
  /**
   * What has to be done between the arrival of the last and the release of all. It runs once, here, at the last to
   * come of those that give one. When it throws, or takes longer than this call may, or its process dies, the barrier
   * breaks.
   */
  readonly action?: (() => unknown) | undefined;
}

/**
 * Where parties wait for each other, generation after generation: nobody passes before all have come. A party that
 * times out, is cancelled or dies while it waits breaks the barrier for all; it stays broken until `reset()`.
 */
export class CyclicBarrier extends SharedObject {
  /**
   * Waits until all parties have come. Gives the place in the order of arrival: 0 of the first, parties - 1 of the
   * last.
   *
   * @throws {BrokenBarrierError} it broke, or was broken, and why
   * @throws {TimeoutError} this party waited too long, which has broken it
   * @throws {OutcomeUnknownError} the outcome of the round that is meant is not kept any more (the last 64 are)
   */
  async wait({ rank, round, action, ...options }: BarrierOptions = {}): Promise<number> {
    const place = placeOf({ rank, round });
    if (action !== undefined) checkFunction('the action', action);
    const began = performance.now();
    const reply = await this.writeWaiting(CODES.wait, [...place, action !== undefined], options);
    const [index, generation] = reply as readonly [number | 'action', number];
    if (index !== 'action') return index;
    const { timeoutMs } = options;
    const remainingMs =
      timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (performance.now() - began));
    return this.#act(action!, generation, { ...options, timeoutMs: remainingMs });
  }

  /** Breaks it for those who wait, and begins a new generation, whether it was broken or not. Gives its number. */
  async reset(options?: WriteOptions): Promise<number> {
    return (await this.write(CODES.reset, [], options)) as number;
  }

  /** Breaks it. */
  async abort(options?: WriteOptions): Promise<void> {
    await this.write(CODES.abort, [], options);
  }

  async isBroken(options?: CallOptions): Promise<boolean> {
    return (await this.#status(options))[3] !== undefined;
  }

  /** How many parties have come and wait for the others. */
  async waiting(options?: CallOptions): Promise<number> {
    return (await this.#status(options))[1];
  }

  /** How many parties it is for. */
  async parties(options?: CallOptions): Promise<number> {
    return (await this.#status(options))[0];
  }

  /** The number of the current generation, from 0: what `round` counts. */
  async generation(options?: CallOptions): Promise<number> {
    return (await this.#status(options))[2];
  }

  async #act(action: () => unknown, generation: number, options: WriteOptions): Promise<number> {
    // Has the server keep the time: the others shall not wait for an action that never ends.
    const watched = this.writeWaiting(CODES.acting, [generation], options).catch(() => {});
    try {
      await action();
    } catch (error) {
      // Whoever hears of it first, the action's own error is what to tell here.
      await this.write(CODES.fail, [generation, messageOf(error)]).catch(() => {});
      throw error;
    }
    const [index] = (await this.write(CODES.proceed, [generation])) as readonly [number, number];
    await watched;
    return index;
  }

  async #status(options?: CallOptions): Promise<readonly [number, number, number, string | undefined]> {
    const status: Value = await this.read(CODES.status, [], options);
    return status as unknown as readonly [number, number, number, string | undefined];
  }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.length > 500 ? `${message.slice(0, 500)}…` : message;
}
