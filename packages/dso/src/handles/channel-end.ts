import { DsoError, TimeoutError } from '../errors.ts';
import { codesOf } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { expected } from './collection-arguments.ts';
import { type CallOptions, type Place, SharedObject, type WriteOptions } from './shared-object.ts';
import { fromValueLoading, toValue } from './values.ts';

const CODES = codesOf('channel');

/** Which end of a channel. */
export type EndNumber = 0 | 1;

/**
 * One of the two ends of a channel: what it sends, the other receives, in order.
 *
 * Whoever uses an end holds it, from the first use on: the call or process itself, or a *holder* with an id of its own
 * ({@link as}). It is held until `close`, or until the call or process ends. An end that was held and is held by nobody
 * any more is gone for good, and the other one is told: it can receive what is left, then `receive` is an
 * `EndOfChannelError`; `send` is a `BrokenChannelError`.
 *
 * A copy that is sent elsewhere holds nothing before it is used there. So that the end is not gone meanwhile, it is lent:
 *
 * @example
 * ```ts
 * await end.lend('for the child');
 * start(end.as('for the child')); // whoever uses this copy takes the hold over: it ends with them
 * await end.close(); // this process has no more to do with it
 * ```
 */
export class ChannelEnd<T> extends SharedObject {
  /** Which of the two it is. */
  readonly number: EndNumber;
  /** The id of the holder by which it is used; without one, it is the call or process itself. */
  readonly holder: string | undefined;
  #isClosed = false;

  /** Made by `dso.channel(key).end(number)`. */
  constructor(place: Place, number: EndNumber, holder?: string) {
    super(place);
    if (number !== 0 && number !== 1) throw expected('the end', '0 or 1', number);
    this.number = number;
    this.holder = holder === undefined ? undefined : holderId(holder);
  }

  /**
   * The same end, used by a holder of its own, whose id travels with the handle. The last call or process that has used
   * it has it, and when that ends, so does the hold; so one id is for one of them at a time.
   */
  as(holder: string): ChannelEnd<T> {
    return new ChannelEnd<T>(this.place, this.number, holderId(holder));
  }

  /** Holds the end from now on, before anything is sent or received. */
  async open(options?: WriteOptions): Promise<void> {
    this.#checkOpen();
    await this.writeTaking(CODES.open, this.#by(this.holder), options);
  }

  /**
   * Makes a holder with an id, for a copy on its way to another call or process: {@link as}. It is the caller's, until
   * it is used there; if it never is, `close(holder)` ends it.
   */
  async lend(holder: string, options?: WriteOptions): Promise<void> {
    await this.writeTaking(CODES.lend, this.#by(holderId(holder)), options);
  }

  /**
   * Lets the end go. What waits at it meanwhile is refused if nobody else holds it.
   * @param holder another one than this handle's own, such as one that was lent
   */
  async close(holder: string | undefined = this.holder, options?: WriteOptions): Promise<void> {
    if (holder === this.holder) this.#isClosed = true;
    await this.write(CODES.close, this.#by(holder), options);
  }

  /**
   * Sends a message; waits while it does not fit the channel's capacity. One that is larger than that goes when all
   * others were received.
   * @throws {BrokenChannelError} the other end is gone, or goes while this waits
   */
  async send(message: T, options?: WriteOptions): Promise<void> {
    this.#checkOpen();
    const args = [...this.#by(this.holder), toValue(message, 'the message')];
    await this.writeWaiting(CODES.send, args, options);
  }

  /**
   * Receives the next message; waits for it.
   * @throws {EndOfChannelError} the other end is gone, and nothing is left
   * @throws {OutcomeUnknownError} when it may have been received, and is lost then
   */
  async receive(options?: WriteOptions): Promise<T> {
    this.#checkOpen();
    return fromValueLoading(await this.writeWaiting(CODES.receive, this.#by(this.holder), options));
  }

  /**
   * Waits until `receive` would not wait, for there is a message or the other end is gone; `false` when it would still
   * wait after `timeoutMs`.
   * @param options.timeoutMs @default 0: it only looks
   */
  async poll({ timeoutMs = 0, ...options }: WriteOptions = {}): Promise<boolean> {
    this.#checkOpen();
    const waits = timeoutMs !== 0;
    const args = [...this.#by(this.holder), waits];
    if (!waits) return (await this.writeTaking(CODES.poll, args, options)) as boolean;
    try {
      return (await this.writeWaiting(CODES.poll, args, { ...options, timeoutMs })) as boolean;
    } catch (error) {
      if (error instanceof TimeoutError) return false;
      throw error;
    }
  }

  /** How many messages there are to receive; those that wait to be sent are not counted. */
  async pending(options?: CallOptions): Promise<number> {
    return (await this.read(CODES.pending, [this.number], options)) as number;
  }

  #by(holder: string | undefined): readonly Value[] {
    return [this.number, holder];
  }

  #checkOpen(): void {
    if (!this.#isClosed) return;
    throw new DsoError('closed', `this handle of end ${this.number} of channel '${this.key}' was closed`);
  }
}

function holderId(holder: unknown): string {
  if (typeof holder === 'string' && holder !== '') return holder;
  throw expected('the holder', 'text that is not empty', holder);
}
