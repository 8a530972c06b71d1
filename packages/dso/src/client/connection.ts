/**
 * The one connection to a node: dialled, greeted, made again when it breaks, and given up when nothing is heard on it.
 * What is said on it is its user's business.
 */
import { DsoError } from '../errors.ts';
import type { Reader } from '../value/reader.ts';
import { FrameReader } from '../wire/frame-reader.ts';
import { readWelcome, type Welcome, writeHello } from '../wire/messages.ts';
import { Outbox } from '../wire/outbox.ts';
import { MAGIC, PROTOCOL_VERSION, ToClient, ToNode } from '../wire/protocol.ts';
import type { Transport, TransportEvents } from '../wire/transport.ts';
import { now } from './clock.ts';
import { notConnected } from './outcomes.ts';

/** Opens a transport to the node. It may be opened again and again. The signal says that nobody waits for it any more. */
export type Dial = (
  events: TransportEvents,
  signal: AbortSignal,
) => Promise<Transport & { hold(keep: boolean): void }>;

export interface ConnectionOptions {
  readonly address: string;
  readonly dial: Dial;
  readonly token: string | undefined;
  readonly sessionTtlMs: number;
}

export interface ConnectionUser {
  /** Something waits for an answer: the process has to go on for it. */
  readonly isBusy: boolean;
  /** There is a reason to have a connection. */
  readonly isNeeded: boolean;
  /** Writes what waits to be sent. */
  fill(): void;
  /** Writes signs of life. */
  beat(): void;
  /** There is a new connection. */
  welcomed(welcome: Welcome, before: Welcome | undefined): void;
  message(kind: number, body: Reader): void;
  /** The connection broke, or could not be made. */
  lost(error: Error): void;
}

/** Between two attempts to reach the node, at least and at most, milliseconds: its grace for sessions is 2 s. */
const RETRY_MS = 20;
const MAX_RETRY_MS = 250;
/** A host that takes connections, and no node is behind them, milliseconds. */
const WELCOME_MS = 5000;
/** Silence after which the other end counts as gone, at least and at most, milliseconds. */
const SILENCE_MS = 5000;
const MAX_SILENCE_MS = 30_000;
/** Who comes so late to look stood still himself, milliseconds: what has come meanwhile is in the socket, unread. */
const LATE_MS = 1000;

/** After how long a silence a node counts as gone: soon enough for its sessions to be gone on with. */
export function silenceOf(sessionTtlMs: number): number {
  return Math.min(Math.max(sessionTtlMs / 2, SILENCE_MS), MAX_SILENCE_MS);
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #user: ConnectionUser;
  state: 'idle' | 'connecting' | 'open' | 'closed' = 'idle';
  /** Of the connection that there is. */
  outbox: Outbox = new Outbox(ToNode.part);
  welcome: Welcome | undefined;
  lastFailure: Error | undefined;
  /** When the node was heard last. */
  heardAt = 0;
  /** Whoever else calls back is of an attempt that is over. */
  #attempt = 0;
  #dialling: AbortController | undefined;
  #transport: Awaited<ReturnType<Dial>> | undefined;
  #flushing = false;
  #receiving = false;
  #welcomeTimer: NodeJS.Timeout | undefined;
  #beatTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MS;
  /** Since when its silence means something. */
  #listensSince = 0;
  #whenOpen: { resolve(): void; reject(error: Error): void }[] = [];

  constructor(options: ConnectionOptions, user: ConnectionUser) {
    this.#options = options;
    this.#user = user;
  }

  /** Resolves when the node has welcomed this client; rejects when it refuses, or cannot be reached now. */
  open(): Promise<void> {
    if (this.state === 'open') return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.state === 'closed') {
        reject(this.closedError());
        return;
      }
      this.#whenOpen.push({ resolve, reject });
      this.hold();
      this.connect();
    });
  }

  /** The process has something to wait for. */
  hold(): void {
    this.#transport?.hold(true);
  }

  /** It may have nothing to wait for any more. */
  release(): void {
    if (!this.#user.isBusy && this.#whenOpen.length === 0) this.#transport?.hold(false);
  }

  /** Sends what is written, after all that runs now and the promises it settles: what they call goes out in one piece. */
  flushSoon(): void {
    if (this.#flushing || this.#receiving) return;
    this.#flushing = true;
    process.nextTick(() => {
      this.#flushing = false;
      this.flush();
    });
  }

  flush(): void {
    if (this.state === 'open') {
      this.#user.fill();
      this.outbox.flush();
    } else if (this.state === 'idle' && this.#user.isNeeded) this.connect();
  }

  connect(): void {
    if (this.state !== 'idle') return;
    this.state = 'connecting';
    clearTimeout(this.#retryTimer);
    const attempt = ++this.#attempt;
    const dialling = new AbortController();
    this.#dialling = dialling;
    const frames = new FrameReader(
      { part: ToClient.part, maxMessageBytes: Number.MAX_SAFE_INTEGER },
      (kind, body) => this.#message(kind, body),
    );
    const events: TransportEvents = {
      data: (chunk) => {
        if (this.#attempt === attempt) this.#heard(frames, chunk);
      },
      closed: (error) => {
        if (this.#attempt === attempt) this.#disconnected(error);
      },
    };
    this.#options.dial(events, dialling.signal).then(
      (transport) => {
        if (this.#attempt === attempt) this.#greet(transport);
        else transport.destroy();
      },
      (error: Error) => {
        if (this.#attempt === attempt) this.#disconnected(error);
      },
    );
  }

  /** Gives up the connection: its other end is gone without having said so. */
  drop(error?: Error): void {
    const transport = this.#transport;
    this.#disconnected(error);
    transport?.destroy();
  }

  /** For ever. What was written is sent. */
  close(): void {
    this.state = 'closed';
    this.#attempt++;
    this.#stopTimers();
    clearTimeout(this.#retryTimer);
    // A host that does not answer would keep the process waiting for it.
    this.#dialling?.abort();
    this.#transport?.end();
    this.#transport = undefined;
    this.rejectOpening(() => this.closedError());
  }

  closedError(): DsoError {
    return new DsoError('closed', `the connection to ${this.#options.address} was closed`);
  }

  rejectOpening(error: () => Error): void {
    for (const { reject } of this.#whenOpen.splice(0)) reject(error());
  }

  #greet(transport: Awaited<ReturnType<Dial>>): void {
    this.#transport = transport;
    this.#dialling = undefined;
    transport.hold(this.#user.isBusy || this.#whenOpen.length > 0);
    this.outbox = new Outbox(ToNode.part);
    this.outbox.attach(transport);
    writeHello(this.outbox.frame(ToNode.hello), {
      magic: MAGIC,
      version: PROTOCOL_VERSION,
      token: this.#options.token ?? '',
    });
    this.outbox.flush();
    const silent = (): void => this.drop(new Error(`no welcome within ${WELCOME_MS / 1000} s`));
    this.#welcomeTimer = setTimeout(silent, WELCOME_MS).unref();
  }

  #heard(frames: FrameReader, chunk: Buffer): void {
    this.heardAt = now();
    this.#receiving = true;
    try {
      frames.push(chunk);
    } catch (error) {
      this.drop(error as Error);
    } finally {
      this.#receiving = false;
    }
    if (this.state === 'open') this.flushSoon();
  }

  #message(kind: number, body: Reader): void {
    if (kind !== ToClient.welcome) {
      this.#user.message(kind, body);
      return;
    }
    clearTimeout(this.#welcomeTimer);
    const before = this.welcome;
    const welcome = readWelcome(body);
    this.welcome = welcome;
    this.outbox.maxUnderWay = welcome.maxMessageBytes;
    this.state = 'open';
    this.#retryMs = RETRY_MS;
    this.lastFailure = undefined;
    this.#user.welcomed(welcome, before);
    for (const { resolve } of this.#whenOpen.splice(0)) resolve();
    this.#listensSince = now();
    this.#beatSoon();
    this.release();
    this.flush();
  }

  #disconnected(error: Error | undefined): void {
    if (this.state === 'closed') return;
    this.#attempt++;
    this.#transport = undefined;
    this.state = 'idle';
    this.#stopTimers();
    if (error !== undefined) this.lastFailure = error;
    const why = this.lastFailure?.message ?? 'the server ended the connection';
    this.rejectOpening(() => notConnected(this.#options.address, why));
    this.#user.lost(notConnected(this.#options.address, why));
    if (!this.#user.isNeeded) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.connect(), this.#retryMs);
    if (!this.#user.isBusy) this.#retryTimer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
  }

  #stopTimers(): void {
    clearTimeout(this.#welcomeTimer);
    clearTimeout(this.#beatTimer);
  }

  /** Says that the process lives while nothing else does, and hears from the answers whether the node does. */
  #beatSoon(): void {
    clearTimeout(this.#beatTimer);
    const { sessionTtlMs } = this.#options;
    const everyMs = Math.min(sessionTtlMs, silenceOf(sessionTtlMs)) / 3;
    const due = now() + everyMs;
    const beat = (): void => {
      const at = now();
      if (at - due > LATE_MS) this.#listensSince = at;
      const silentMs = at - Math.max(this.heardAt, this.#listensSince);
      if (silentMs > silenceOf(sessionTtlMs) && this.#user.isNeeded) {
        this.drop(new Error(`nothing was heard of the server for ${Math.round(silentMs)} ms`));
        return;
      }
      this.#user.beat();
      this.outbox.flush();
      this.#beatSoon();
    };
    this.#beatTimer = setTimeout(beat, everyMs).unref();
  }
}
