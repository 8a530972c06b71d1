import { randomUUID } from 'node:crypto';
import { BrokenChannelError, ChannelEnd, EndOfChannelError } from '@skein/dso/handles';
import { BrokenPipeError, badArgument, checkOptions, EOFError, ProcessError } from '../errors.ts';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';
import { limitOf } from '../waiting.ts';
import { lend } from './lending.ts';
import { onItsWay } from './on-its-way.ts';

/** What goes one way, where a pipe has two: the others are refused. */
export type Direction = 'both' | 'receive' | 'send';

const FOR_EVER = { timeoutMs: Number.POSITIVE_INFINITY } as const;

/**
 * One end of a {@link Pipe}. It may be sent to a process, and used by several; it is gone when all have closed it that
 * have used it, or have ended. Whoever waits at the other end is told then.
 */
export class Connection<S, R = S> implements AsyncDisposable {
  /** @internal */
  readonly shared: ChannelEnd<unknown>;
  readonly #direction: Direction;
  #closed = false;

  /** Made by {@link Pipe}. */
  constructor(shared: ChannelEnd<unknown>, direction: Direction) {
    this.shared = shared;
    this.#direction = direction;
  }

  get readable(): boolean {
    return this.#direction !== 'send';
  }

  get writable(): boolean {
    return this.#direction !== 'receive';
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends a value; waits while 1 MiB waits to be received.
   * @throws {BrokenPipeError} the other end is gone
   */
  async send(value: S): Promise<void> {
    this.#checkUse(this.writable, 'received by');
    await this.#using(onItsWay(this, this.shared.send(value, FOR_EVER)));
  }

  /**
   * Receives the next value; waits for it.
   * @throws {EOFError} the other end is gone, and nothing is left to be received
   */
  async recv(): Promise<R> {
    this.#checkUse(this.readable, 'sent by');
    return (await this.#using(this.shared.receive(FOR_EVER))) as R;
  }

  /**
   * Whether there is something to be received: a value, or the end. Looks and gives it at once, unless `timeoutMs` says
   * how long to wait; `null`: for ever.
   */
  async poll(
    options: { readonly timeoutMs?: number | null; readonly signal?: AbortSignal } = {},
  ): Promise<boolean> {
    this.#checkUse(this.readable, 'sent by');
    checkOptions('how to poll', ['timeoutMs', 'signal'], options);
    const { timeoutMs = 0, signal } = options;
    const limit = limitOf({ timeoutMs: timeoutMs ?? undefined, signal }) ?? { timeoutMs: 0 };
    return this.#using(this.shared.poll(limit));
  }

  /** This process does not use it any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // As used from now on: only an end that was held by somebody goes when nobody does. Refused where it has gone.
    this.shared.open().catch(() => {});
    await this.shared.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What goes wrong, as Python says it. */
  async #using<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof EndOfChannelError) throw new EOFError();
      if (error instanceof BrokenChannelError) throw this.#closed ? closed() : new BrokenPipeError();
      throw error;
    }
  }

  #checkUse(possible: boolean, only: string): void {
    if (this.#closed) throw closed();
    if (!possible)
      throw new ProcessError(
        'bad-argument',
        `this end of the pipe is for what is ${only} it only: Pipe(false) goes one way`,
      );
  }

  static {
    travels(
      'Connection',
      Connection<unknown>,
      [ChannelEnd<unknown>],
      (connection) => ({ handles: [connection.#lent()], data: connection.#direction }),
      ([handle], direction) => new Connection(handle, direction),
      ({ shared }) => shared,
    );
  }

  /** The copy that is sent: until it is used, the end counts as held for it. */
  #lent(): ChannelEnd<unknown> {
    const ticket = randomUUID();
    // Whatever comes of it, the copy says so itself when it is used.
    this.shared.lend(ticket).catch(() => {});
    lend(() => void this.shared.close(ticket).catch(() => {}));
    return this.shared.as(ticket);
  }
}

function closed(): ProcessError {
  return new ProcessError('closed', 'the connection was closed by this process');
}

/**
 * Two connections, each of which receives what the other sends.
 *
 * @param duplex `false`: the first one only receives, the second one only sends
 */
export function Pipe<A = unknown, B = A>(duplex = true): [Connection<A, B>, Connection<B, A>] {
  if (typeof duplex !== 'boolean') throw badArgument('duplex', 'true or false', duplex);
  const channel = make((dso, key) => dso.channel<unknown>(key));
  return [
    new Connection<A, B>(channel.end(0), duplex ? 'both' : 'receive'),
    new Connection<B, A>(channel.end(1), duplex ? 'both' : 'send'),
  ];
}
