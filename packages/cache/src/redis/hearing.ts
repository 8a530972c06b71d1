/**
 * Listens to what others make invalid.
 *
 * Not by Redis' own tracking of clients (`CLIENT TRACKING`): that tells the names of keys that change, be it that a gap was filled, and
 * nothing to whoever was away. Here each message is the invalidation, as a script has said it in the same step, with its position. Who
 * has lost the connection asks what was said since its last position.
 *
 * - **H1** What is nearer is told to be invalid when the server was not heard for `blindMs`, and again each `blindMs` until it is.
 *   (As long as the event loop turns: what a program serves from memory within one turn is of that turn.)
 * - **H2** When it is heard again, all that was said meanwhile is told before it counts as heard; everything, where that is not known.
 */
import type { Redis } from 'ioredis';
import type { Invalidation } from '../tier.ts';
import { end } from './connection.ts';

/** What Redis publishes: of an invalidation, or a lease that was given up. */
export interface Message {
  readonly kind: Invalidation['kind'] | 'free';
  /** As scripts have it. */
  readonly name: string;
}

export interface Missed {
  readonly position: number;
  readonly said: readonly Message[];
}

export interface HearingOptions {
  readonly channel: string;
  /** Its own messages are not told. */
  readonly sender: string;
  readonly blindMs: number;
  connect(): Promise<Redis>;
  /** What was said after a position; of undefined, nothing but the present one. */
  missedSince(position: number | undefined): Promise<Missed>;
  heard(message: Message): void;
}

/** Looks at the connection so often in `blindMs`: one to ask, one to see that there is no answer, one to tell before it is over. */
const TICKS = 4;
const ALL: Message = { kind: 'all', name: '' };

export class Hearing {
  readonly #options: HearingOptions;
  #client: Redis | undefined;
  #trying: Promise<void> | undefined;
  #ticking: NodeJS.Timeout | undefined;
  #position: number | undefined;
  #awaitsAnswer = false;
  #lastSign = 0;
  /** When to tell that all is invalid, while nothing is heard. */
  #tellAt: number | undefined;
  #isClosed = false;

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  /** Ends when it hears, or has tried in vain; it goes on trying. */
  start(): Promise<void> | undefined {
    if (this.#client !== undefined || this.#isClosed) return undefined;
    if (this.#ticking === undefined) {
      this.#lastSign = performance.now();
      this.#ticking = setInterval(() => this.#tick(), this.#options.blindMs / TICKS);
      this.#ticking.unref();
      return this.#listen();
    }
    // After the first time whoever reads does not wait for it.
    return this.#tellAt === undefined ? this.#trying : undefined;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ticking);
    if (this.#client !== undefined) end(this.#client);
    this.#client = undefined;
  }

  #tick(): void {
    const client = this.#client;
    if (client === undefined) {
      void this.#listen();
      if (this.#tellAt !== undefined && performance.now() >= this.#tellAt) {
        this.#tellAt = performance.now() + this.#options.blindMs;
        this.#options.heard(ALL);
      }
    } else if (!this.#awaitsAnswer) {
      this.#awaitsAnswer = true;
      client.ping().then(
        () => this.#answered(client),
        () => {},
      );
    } else {
      // Where the event loop has stood still, what has come meanwhile is read first.
      setImmediate(() => {
        if (this.#awaitsAnswer) this.#lost(client);
      });
    }
  }

  #answered(client: Redis): void {
    if (this.#client !== client) return;
    this.#awaitsAnswer = false;
    this.#lastSign = performance.now();
  }

  #lost(client: Redis): void {
    end(client);
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#beDeaf();
    void this.#listen();
  }

  #beDeaf(): void {
    this.#tellAt ??= this.#lastSign + (this.#options.blindMs * (TICKS - 1)) / TICKS;
  }

  #listen(): Promise<void> {
    this.#trying ??= this.#try().finally(() => {
      this.#trying = undefined;
    });
    return this.#trying;
  }

  async #try(): Promise<void> {
    if (this.#isClosed) return;
    const { connect, channel } = this.#options;
    let client: Redis | undefined;
    try {
      client = await connect();
      const own = client;
      own.on('message', (_channel, text: string) => this.#take(text));
      await own.subscribe(channel);
      await this.#catchUp();
      if (this.#isClosed || own.status !== 'ready') throw new Error('it was lost again');
      own.on('end', () => this.#lost(own));
      this.#client = own;
      this.#awaitsAnswer = false;
      this.#lastSign = performance.now();
      this.#tellAt = undefined;
    } catch {
      // What it costs is told by the commands that fail as well, and by H1.
      if (client !== undefined) end(client);
      this.#beDeaf();
    }
  }

  /** Keeps H2. Messages that come meanwhile are told as they come, and again by this: their position does not count yet. */
  async #catchUp(): Promise<void> {
    const { position, said } = await this.#options.missedSince(this.#position);
    if (this.#position === undefined && this.#tellAt !== undefined) this.#options.heard(ALL);
    for (const message of said) this.#options.heard(message);
    this.#position = position;
  }

  /** `position sender kind name` */
  #take(text: string): void {
    const [position, sender, kind] = text.split(' ', 3);
    const name = text.slice(`${position} ${sender} ${kind} `.length);
    if (this.#client !== undefined) this.#position = Math.max(this.#position ?? 0, Number(position));
    if (sender !== this.#options.sender || kind === 'free')
      this.#options.heard({ kind: kind as Message['kind'], name });
  }
}
