import { registerClass } from '@skein/codec';
import {
  CyclicBarrier,
  BrokenBarrierError as SharedBrokenError,
  TimeoutError as SharedTimeoutError,
} from '@skein/dso/handles';
import { BrokenBarrierError, badArgument, checkOptions } from '../errors.ts';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';
import { checkWaiting, limitOf, type TimeoutOptions } from '../waiting.ts';

export interface BarrierOptions extends Pick<TimeoutOptions, 'timeoutMs'> {
  /** Called once a round by the last to come, before any goes on. When it throws, the barrier breaks. */
  readonly action?: () => unknown;
}

/**
 * Where `parties` processes wait for each other, again and again. Its action goes with it to functions, as code; a
 * barrier that has one cannot be put into queues.
 */
export class Barrier {
  /** How many have to come. */
  readonly parties: number;
  /** @internal No private fields: with its action it travels as an object of a class. */
  readonly meeting: Meeting;
  /** @internal */
  readonly action: (() => unknown) | undefined;
  /** @internal */
  readonly timeoutMs: number | undefined;

  constructor(parties: number, options: BarrierOptions = {}) {
    if (!(Number.isSafeInteger(parties) && parties >= 1))
      throw badArgument('parties', 'a whole number from 1', parties);
    checkOptions('what a barrier is made of', ['action', 'timeoutMs'], options);
    const { action, timeoutMs } = options;
    limitOf({ timeoutMs });
    if (action !== undefined && typeof action !== 'function')
      throw badArgument('action', 'a function', action);
    this.parties = parties;
    this.action = action;
    this.timeoutMs = timeoutMs;
    this.meeting = new Meeting(make((dso, key) => dso.barrier(key, { parties })));
  }

  /**
   * Waits for the others. Gives the place in the order of arrival, from 0.
   *
   * @throws {BrokenBarrierError} who waits too long breaks it for all; so does who dies
   */
  async wait(options: TimeoutOptions = {}): Promise<number> {
    checkWaiting(options);
    const { timeoutMs = this.timeoutMs, signal } = options;
    const limit = limitOf({ timeoutMs, signal }) ?? { timeoutMs: 0 };
    const { action } = this;
    try {
      return await this.meeting.shared.wait({ ...limit, ...(action === undefined ? {} : { action }) });
    } catch (error) {
      if (error instanceof SharedTimeoutError)
        throw new BrokenBarrierError(`the barrier broke: not all came within ${limit.timeoutMs} ms`);
      if (error instanceof SharedBrokenError) throw new BrokenBarrierError(error.message);
      throw error;
    }
  }

  /** Makes it as new; who waits gets {@link BrokenBarrierError}. */
  async reset(): Promise<void> {
    await this.meeting.shared.reset();
  }

  /** Breaks it, until {@link reset}. */
  abort(): Promise<void> {
    return this.meeting.shared.abort();
  }

  /** How many wait. */
  nWaiting(): Promise<number> {
    return this.meeting.shared.waiting();
  }

  broken(): Promise<boolean> {
    return this.meeting.shared.isBroken();
  }
}

/** @internal The part of a barrier that is a handle. By it the module is loaded that knows barriers. */
export class Meeting {
  readonly shared: CyclicBarrier;

  constructor(shared: CyclicBarrier) {
    this.shared = shared;
  }
}

travels(
  'Meeting',
  Meeting,
  [CyclicBarrier],
  ({ shared }) => ({ handles: [shared], data: null }),
  ([handle]) => new Meeting(handle),
);
registerClass(Barrier, 'multiprocessing:Barrier');
