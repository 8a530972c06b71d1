/** Connections to the other members: one to each, on which this member speaks; what they say comes on theirs. */

import { Connection, type ConnectionUser, type Dial } from '../client/connection.ts';
import { bytesOf, type PeerMessage, writePeerMessage } from '../cluster/messages.ts';
import { addressOf, type MemberId } from '../cluster/record.ts';
import { Writer } from '../value/writer.ts';
import { LARGE } from '../wire/outbox.ts';
import { ToNode } from '../wire/protocol.ts';

export interface PeersOptions {
  readonly me: MemberId;
  readonly token: string | undefined;
  /** Opens a connection to a member, as clients do. */
  dial(address: string): Dial;
  /** A connection is new: what was said before may be lost. */
  onConnected(id: MemberId): void;
  /** Nobody listens at its address: it has ended. */
  onRefused(id: MemberId): void;
  /** Code of users that a new member needs too. */
  code(): Iterable<PeerMessage>;
}

/** More than this that has not left yet, bytes: a member that does not read. What it misses is sent again later. */
const MAX_UNSENT = 64 * 2 ** 20;
/** A connection on which nothing comes for half of it is made anew, milliseconds. */
const SIGNS_MS = 10_000;

export class Peers {
  readonly #options: PeersOptions;
  readonly #peers = new Map<MemberId, Peer>();

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  send(to: MemberId, message: PeerMessage): void {
    let peer = this.#peers.get(to);
    if (peer === undefined) {
      peer = new Peer(to, this.#options);
      this.#peers.set(to, peer);
    }
    peer.send(message);
  }

  broadcast(message: PeerMessage): void {
    for (const peer of this.#peers.values()) peer.send(message);
  }

  hasSent(id: MemberId): boolean {
    return (this.#peers.get(id)?.unsent ?? 0) === 0;
  }

  /** Those that are no members any more are not spoken to. */
  keep(isMember: (id: MemberId) => boolean): void {
    for (const [id, peer] of this.#peers) {
      if (isMember(id)) continue;
      this.#peers.delete(id);
      peer.close();
    }
  }

  close(): void {
    this.keep(() => false);
  }
}

class Peer implements ConnectionUser {
  readonly isBusy = false;
  #isOver = false;
  readonly #id: MemberId;
  readonly #options: PeersOptions;
  readonly #connection: Connection;
  #bytes: () => number = () => 0;

  constructor(id: MemberId, options: PeersOptions) {
    this.#id = id;
    this.#options = options;
    const address = addressOf(id);
    const dial = options.dial(address);
    this.#connection = new Connection(
      {
        address,
        token: options.token,
        sessionTtlMs: SIGNS_MS,
        dial: async (events, signal) => {
          const transport = await dial(events, signal);
          this.#bytes = () => transport.buffered;
          return transport;
        },
      },
      this,
    );
    this.#connection.connect();
  }

  get isNeeded(): boolean {
    return !this.#isOver;
  }

  get unsent(): number {
    if (this.#connection.state !== 'open') return 0;
    const { outbox } = this.#connection;
    return this.#bytes() + outbox.backlog + outbox.waiting;
  }

  /** While there is no connection it is lost, as on a bad line. */
  send(message: PeerMessage): void {
    if (this.#connection.state !== 'open' || this.unsent > MAX_UNSENT) return;
    const { outbox } = this.#connection;
    if (bytesOf(message) <= LARGE) writePeerMessage(outbox.frame(ToNode.replicate), message);
    else {
      const writer = new Writer();
      writer.byte(ToNode.replicate);
      writePeerMessage(writer, message);
      outbox.large(writer.take());
    }
    this.#connection.flushSoon();
  }

  close(): void {
    this.#isOver = true;
    this.#connection.close();
  }

  welcomed(): void {
    const greeting = this.#connection.outbox.frame(ToNode.peer);
    greeting.text(this.#options.me);
    greeting.text(this.#id);
    for (const message of this.#options.code()) this.send(message);
    this.#options.onConnected(this.#id);
  }

  beat(): void {
    this.#connection.outbox.frame(ToNode.beat).text('');
  }

  fill(): void {}
  message(): void {}

  lost(): void {
    const failure: NodeJS.ErrnoException | undefined = this.#connection.lastFailure;
    if (failure?.code === 'ECONNREFUSED') this.#options.onRefused(this.#id);
  }
}
