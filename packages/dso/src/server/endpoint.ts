/** The node's end of one client's connection: reads its messages, gives requests to the engine, writes the answers. */
import { readPeerMessage } from '../cluster/messages.ts';
import { Refusal, UNDONE } from '../engine/refusal.ts';
import type { ReplyPort } from '../engine/reply-port.ts';
import type { Target } from '../engine/request.ts';
import type { Session } from '../engine/session.ts';
import { type Lease, MAX_LEASE_ID, MAX_LEASE_MS, MIN_LEASE_MS } from '../lease.ts';
import { slotOf } from '../ring/hash.ts';
import { encodedSize } from '../value/encoded-size.ts';
import { MalformedError, type Reader } from '../value/reader.ts';
import type { Value } from '../value/value.ts';
import { Writer } from '../value/writer.ts';
import { FrameReader } from '../wire/frame-reader.ts';
import { readDefinition, readHello, readSession, writeWelcome } from '../wire/messages.ts';
import { LARGE, Outbox } from '../wire/outbox.ts';
import { CallFlag, MAGIC, PROTOCOL_VERSION, ReplyKind, ToClient, ToNode } from '../wire/protocol.ts';
import type { Transport, TransportEvents } from '../wire/transport.ts';
import type { Node } from './node.ts';

/** A client that does not read its answers is not listened to while more than this waits for it, bytes. */
const MAX_UNREAD = 16 * 2 ** 20;
const MAX_SESSION_MS = 3_600_000;
const MIN_SESSION_MS = 100;
/** Who has not said hello by then is not listened to any more, milliseconds. */
const HELLO_MS = 10_000;
/** Objects, and sessions at a time, that a connection may name. */
const MAX_NAMES = 4_000_000;
/** Sessions of a connection are looked through for those that are over when there are more than this. */
const MANY_SESSIONS = 1000;

export class Endpoint implements ReplyPort, TransportEvents {
  readonly order: number;
  earlyBytes = 0;
  readonly #node: Node;
  readonly #transport: Transport;
  readonly #frames: FrameReader;
  readonly #outbox = new Outbox(ToClient.part);
  readonly #sessions = new Map<number, Session>();
  readonly #targets: (Target | Refusal | undefined)[] = [];
  /** Messages that have come and are not looked at until the client has read more of what waits for it. */
  #postponed: { readonly kind: number; readonly body: Reader }[] = [];
  #sweepAt = MANY_SESSIONS;
  readonly #hello: NodeJS.Timeout;
  #greeted = false;
  /** The member that speaks here, if it is one. */
  #member: string | undefined;
  #closed = false;
  #flushing = false;
  #receiving = false;

  /** @param order its number among the node's connections */
  constructor(node: Node, transport: Transport, order: number) {
    this.order = order;
    this.#node = node;
    this.#transport = transport;
    this.#outbox.attach(transport);
    const drained = transport.onDrain;
    transport.onDrain = () => {
      drained?.();
      this.#goOn();
    };
    const isGreeted = (): boolean => this.#greeted;
    this.#frames = new FrameReader(
      {
        part: ToNode.part,
        // Memory is for those who have shown that they may use it.
        get maxMessageBytes() {
          return isGreeted() ? node.limits.maxMessageBytes + LARGE : 0;
        },
      },
      (kind, body) => this.#message(kind, body),
    );
    this.#hello = setTimeout(() => this.#silent(), HELLO_MS).unref();
  }

  /** What waits for the client, bytes. */
  get #unread(): number {
    return this.#transport.buffered + this.#outbox.backlog + this.#outbox.waiting;
  }

  /** Some of what waited for the client has left. */
  #goOn(): void {
    if (this.#closed || this.#unread > MAX_UNREAD) return;
    if (this.#postponed.length > 0)
      this.#receive(() => {
        for (let next = this.#postponed.shift(); next !== undefined; next = this.#postponed.shift()) {
          this.#take(next.kind, next.body);
          if (this.#unread > MAX_UNREAD) return;
        }
      });
    if (this.#postponed.length === 0 && this.#unread <= MAX_UNREAD) this.#transport.pause(false);
  }

  data(chunk: Buffer): void {
    if (!this.#closed) this.#receive(() => this.#frames.push(chunk));
  }

  #receive(work: () => void): void {
    this.#receiving = true;
    try {
      work();
    } catch (error) {
      this.#node.counters.malformed++;
      this.goodbye(farewellOf(error));
    } finally {
      this.#receiving = false;
    }
    if (this.#closed) return;
    this.#outbox.flush();
    if (this.#postponed.length > 0 || this.#unread > MAX_UNREAD) this.#transport.pause(true);
  }

  closed(): void {
    if (this.#closed && this.#sessions.size === 0) return;
    this.#closed = true;
    this.#postponed = [];
    clearTimeout(this.#hello);
    for (const session of this.#sessions.values()) {
      session.connections--;
      // Its client may have come back already, by another connection, and this one's end is only noticed now.
      if (session.connections === 0) this.#node.engine.sessions.shorten(session, this.#node.returnGraceMs);
    }
    this.#sessions.clear();
    this.#node.left(this);
  }

  reply(callId: number, reply: Value | Refusal): void {
    if (this.#closed) return;
    const large = isLarge(reply);
    const writer = large ? new Writer() : this.#outbox.frame(ToClient.replies, true);
    if (large) writer.byte(ToClient.replies);
    writer.varint(callId);
    if (reply instanceof Refusal) {
      writer.byte(ReplyKind.refusal);
      writer.text(reply.code);
      writer.text(reply.message);
      writer.value(reply.details);
    } else {
      writer.byte(ReplyKind.value);
      writer.value(reply);
    }
    if (large) this.#outbox.large(writer.take());
    this.#flushSoon();
  }

  /** Says why, and ends the connection. */
  goodbye(refusal: Refusal): void {
    if (this.#closed) return;
    const writer = this.#outbox.frame(ToClient.goodbye);
    writer.text(refusal.code);
    writer.text(refusal.message);
    this.#outbox.end(true);
    this.closed();
    this.#closed = true;
  }

  /** Ends the connection when everything has been said. */
  end(): void {
    this.#outbox.end();
  }

  /** Ends it now. */
  destroy(): void {
    this.#transport.destroy();
  }

  #silent(): void {
    this.#node.counters.malformed++;
    this.goodbye(new Refusal('protocol', `no hello came within ${HELLO_MS / 1000} s`));
  }

  /** Answers of this turn leave together, at its end. */
  #flushSoon(): void {
    if (this.#receiving || this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => {
      this.#flushing = false;
      this.#outbox.flush();
    });
  }

  #message(kind: number, body: Reader): void {
    if (this.#postponed.length > 0) this.#postponed.push({ kind, body });
    else this.#take(kind, body);
  }

  #take(kind: number, body: Reader): void {
    if (this.#closed) return;
    if (!this.#greeted) {
      this.#greet(kind, body);
      return;
    }
    switch (kind) {
      case ToNode.calls:
        while (!body.done) {
          // A few bytes can ask for megabytes: it is looked at before each of them.
          if (this.#unread > MAX_UNREAD) {
            this.#postponed.unshift({ kind, body });
            return;
          }
          this.#call(body);
        }
        return;
      case ToNode.define:
        this.#define(body);
        return;
      case ToNode.session:
        this.#session(body);
        return;
      case ToNode.end:
        this.#end(body.varint());
        return;
      case ToNode.beat: {
        const session = this.#node.engine.sessions.find(body.text());
        if (session !== undefined) this.#node.engine.sessions.renew(session);
        // Whoever waits for something in silence knows by this that there is somebody to wait for.
        this.#outbox.frame(ToClient.beat);
        return;
      }
      case ToNode.cancel: {
        const session = this.#sessions.get(body.varint());
        const slot = body.varint();
        if (session !== undefined) this.#node.engine.cancel(session, slot, body.varint());
        return;
      }
      case ToNode.acknowledge: {
        const session = this.#sessions.get(body.varint());
        const slot = body.varint();
        const sequences = body.values() as number[];
        if (session !== undefined) this.#node.engine.acknowledge(session, slot, sequences);
        return;
      }
      case ToNode.peer:
        this.#peer(body.text(), body.text());
        return;
      case ToNode.replicate:
        if (this.#member === undefined) throw new MalformedError('a member has not said who it is');
        this.#node.cluster?.receive(this.#member, readPeerMessage(body));
        return;
      case ToNode.admin:
        void this.#admin(body.varint(), body.text(), body.values());
        return;
      default:
        throw new MalformedError(`no message has the kind ${kind}`);
    }
  }

  #greet(kind: number, body: Reader): void {
    if (kind !== ToNode.hello) throw new MalformedError('the first message must be a hello');
    const hello = readHello(body);
    if (hello.magic !== MAGIC) throw new MalformedError('the first message must be a hello');
    if (hello.version !== PROTOCOL_VERSION) {
      this.goodbye(
        new Refusal(
          'protocol',
          `the client speaks version ${hello.version} of the protocol, this server version ${PROTOCOL_VERSION}: run the same release of @skein/dso on both sides`,
        ),
      );
      return;
    }
    if (!this.#node.isAuthorized(hello.token)) {
      this.#node.counters.unauthorized++;
      const why = hello.token === '' ? 'no token was given' : 'the token is another';
      this.goodbye(
        new Refusal('not-authorized', `this server asks for a token (--auth-token-file), and ${why}`),
      );
      return;
    }
    this.#greeted = true;
    clearTimeout(this.#hello);
    writeWelcome(this.#outbox.frame(ToClient.welcome), this.#node.welcome());
  }

  /** Another member speaks; what is meant for an earlier life of this one must not reach it. */
  #peer(from: string, to: string): void {
    if (this.#node.cluster?.id !== to) {
      this.goodbye(new Refusal('moved', `${to} is not here`));
      return;
    }
    this.#member = from;
  }

  /** Who the members are has changed. */
  tellMembers(members: readonly string[]): void {
    if (!this.#greeted || this.#closed || this.#member !== undefined) return;
    this.#outbox.frame(ToClient.members).values(members);
    this.#flushSoon();
  }

  #session(body: Reader): void {
    const { alias, id, parent, ttlMs, resume } = readSession(body);
    if (this.#sessions.has(alias)) throw new MalformedError(`session ${alias} cannot be named so`);
    if (this.#sessions.size >= this.#sweepAt) this.#sweep();
    if (this.#sessions.size >= MAX_NAMES)
      throw new MalformedError(`more than ${MAX_NAMES} sessions by one connection`);
    const ttl = Math.min(Math.max(ttlMs, MIN_SESSION_MS), MAX_SESSION_MS);
    const session = this.#node.engine.sessions.open(id, ttl, parent, resume);
    if (session instanceof Refusal) {
      if (session.code !== 'session-lost') throw session;
      this.#outbox.frame(ToClient.sessionLost).varint(alias);
      this.#flushSoon();
    } else {
      session.connections++;
      this.#sessions.set(alias, session);
    }
  }

  /** Sessions also end without their client's word: by silence, or with the one that they are part of. */
  #sweep(): void {
    for (const [alias, session] of this.#sessions) if (session.ended) this.#sessions.delete(alias);
    this.#sweepAt = Math.max(MANY_SESSIONS, 2 * this.#sessions.size);
  }

  #end(alias: number): void {
    const session = this.#sessions.get(alias);
    if (session === undefined) return;
    this.#sessions.delete(alias);
    this.#node.engine.sessions.end(session);
  }

  #define(body: Reader): void {
    const { ref, type, key, mode, seenIn, config, lease: named } = readDefinition(body);
    if (ref > this.#targets.length || ref >= MAX_NAMES)
      throw new MalformedError(`object ${ref} cannot be named so`);
    const lease = named && checked(named);
    if (lease !== undefined) this.#node.engine.leases.renew(lease.id);
    const slot = slotOf(type, key);
    const moved = this.#node.cluster === undefined ? this.#node.movedTo(slot) : undefined;
    this.#targets[ref] =
      moved === undefined
        ? { slot, typeName: type, key, config, mode, seenIn, lease, cell: undefined }
        : new Refusal('moved', `${type} ${JSON.stringify(key)} is held by ${moved}`, moved);
  }

  #call(body: Reader): void {
    const callId = body.varint();
    const alias = body.varint();
    const ref = body.varint();
    const target = this.#targets[ref];
    const operation = body.byte();
    const flags = body.byte();
    const isSequenced = (flags & CallFlag.sequenced) !== 0;
    const sequence = isSequenced ? body.varint() : 0;
    const acked = isSequenced ? body.varint() : 0;
    const fence = flags & CallFlag.fence ? body.varint() : 0;
    const remainingMs = flags & CallFlag.timeout ? body.varint() : Number.POSITIVE_INFINITY;
    const epoch = flags & CallFlag.epoch ? body.varint() : 0;
    const args = body.values();
    if (target === undefined) throw new MalformedError('a call to an object that was not defined');
    const session = this.#sessions.get(alias);
    if (target instanceof Refusal) this.reply(callId, target);
    else if (session === undefined || session.ended)
      this.reply(callId, new Refusal('session-lost', 'the session is over', UNDONE));
    else {
      if (this.#node.cluster !== undefined) this.#tellLife(ref, target);
      this.#node.engine.submit({
        port: this,
        callId,
        session,
        target,
        operation,
        sequence,
        acked,
        epoch,
        fence,
        remainingMs,
        args,
      });
    }
  }

  /** Before the answer: what the object's next use will have seen. */
  #tellLife(ref: number, target: Target): void {
    const life = this.#node.engine.lifeOf(target.slot);
    if (life === undefined || life === target.life) return;
    target.life = life;
    const writer = this.#outbox.frame(ToClient.life);
    writer.varint(ref);
    writer.text(life);
    this.#flushSoon();
  }

  async #admin(id: number, name: string, args: readonly Value[]): Promise<void> {
    let reply: Value | Refusal;
    try {
      reply = await this.#node.administer(name, args);
    } catch (error) {
      reply = error instanceof Refusal ? error : new Refusal('internal', String(error));
    }
    const writer = new Writer();
    writer.byte(ToClient.admin);
    writer.varint(id);
    writer.byte(reply instanceof Refusal ? ReplyKind.refusal : ReplyKind.value);
    if (reply instanceof Refusal) {
      writer.text(reply.code);
      writer.text(reply.message);
    } else writer.value(reply);
    if (this.#closed) return;
    this.#outbox.large(writer.take());
    this.#flushSoon();
  }
}

function checked({ id, ttlMs }: Lease): Lease {
  if (id === '' || id.length > MAX_LEASE_ID)
    throw new MalformedError(`a lease is named by 1 to ${MAX_LEASE_ID} characters, not ${id.length}`);
  return { id, ttlMs: Math.min(Math.max(ttlMs, MIN_LEASE_MS), MAX_LEASE_MS) };
}

/** Whether an answer is sent by itself. Scalars, which most are, seldom are. */
function isLarge(reply: Value | Refusal): boolean {
  if (typeof reply === 'string') return reply.length > LARGE / 3 && encodedSize(reply) > LARGE;
  if (typeof reply !== 'object' || reply === null) return false;
  // With it comes what users' code has thrown, and messages quote what users have given.
  if (reply instanceof Refusal) return encodedSize(reply.message) + encodedSize(reply.details) > LARGE;
  return encodedSize(reply) > LARGE;
}

/** Whatever one client's message brings about, the node goes on: everybody's objects would go with it. */
function farewellOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof MalformedError) return new Refusal('protocol', error.message);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`shared objects: a client's message could not be handled: ${text}`, 'SkeinWarning');
  return new Refusal('internal', error instanceof Error ? error.message : String(error));
}
