/**
 * Signs of life from a thread of their own: a function that computes cannot give them itself, and what it holds must
 * not be taken from it for that. The thread starts when a session first waits for something or holds it.
 */
import { Worker } from 'node:worker_threads';
import { processState } from '../process-state.ts';
import { writeHello } from '../wire/messages.ts';
import { Outbox } from '../wire/outbox.ts';
import { BEAT_PATH, beatRequest } from '../wire/packet.ts';
import { MAGIC, PROTOCOL_VERSION, ToNode } from '../wire/protocol.ts';
import { type ClusterAddress, hostAndPort } from './address.ts';
import { silenceOf } from './connection.ts';
import { type TlsFiles, tlsOptions } from './dial.ts';
import type { LinkSession } from './link-session.ts';

interface HeartbeatOptions {
  readonly address: ClusterAddress;
  readonly token: string | undefined;
  readonly tls: TlsFiles;
  readonly sessionTtlMs: number;
}

/** Between two signs of life at most, milliseconds: a session whose connection broke lives on for 2 s without one. */
const MAX_BEAT_MS = 700;
/** A thread that failed is started again after this, milliseconds. */
const RESTART_MS = 1000;

export class Heartbeats {
  readonly #options: HeartbeatOptions;
  /** What the thread was told, by session: once more if it is another one. */
  readonly #beats = new Map<string, object>();
  #thread: Worker | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(host: string, session: LinkSession): void {
    if (this.#beats.has(`${host} ${session.id}`)) return;
    const { address, token, tls, sessionTtlMs } = this.#options;
    // A node in this process stands still when this process computes, and takes no session for dead then.
    if (address.scheme === 'dso+unix' && processState().embedded.has(host)) return;
    const isGrpc = address.scheme === 'grpc' || address.scheme === 'grpcs';
    const message = {
      host,
      session: session.id,
      scheme: address.scheme,
      connect:
        address.scheme === 'dso+unix'
          ? { path: host }
          : address.scheme.endsWith('s')
            ? tlsOptions(host, tls)
            : hostAndPort(host),
      hello: isGrpc
        ? { ':path': BEAT_PATH, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
        : bytesOf((outbox) =>
            writeHello(outbox.frame(ToNode.hello), {
              magic: MAGIC,
              version: PROTOCOL_VERSION,
              token: token ?? '',
            }),
          ),
      beat: isGrpc
        ? beatRequest(session.id)
        : bytesOf((outbox) => outbox.frame(ToNode.beat).text(session.id)),
      everyMs: Math.min(sessionTtlMs / 3, MAX_BEAT_MS),
      silenceMs: silenceOf(sessionTtlMs),
    };
    this.#beats.set(`${host} ${session.id}`, message);
    if (this.#thread === undefined) this.#startThread();
    else this.#thread.postMessage(message);
  }

  /** A session is over. */
  end(host: string, session: LinkSession): void {
    if (this.#beats.delete(`${host} ${session.id}`)) this.#thread?.postMessage({ host, session: session.id });
  }

  stop(): void {
    this.#beats.clear();
    void this.#thread?.terminate();
    this.#thread = undefined;
  }

  #startThread(): void {
    // Text, because a bundle of one file has no other file to start a thread from.
    const thread = new Worker(THREAD, { eval: true, stdout: false, stderr: false, execArgv: [], env: {} });
    this.#thread = thread;
    thread.unref();
    // Meanwhile the process beats from its main thread only.
    thread.on('error', () => {});
    thread.on('exit', () => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      setTimeout(() => {
        if (this.#thread === undefined && this.#beats.size > 0) this.#startThread();
      }, RESTART_MS).unref();
    });
    for (const message of this.#beats.values()) thread.postMessage(message);
  }
}

/** The bytes of one message. */
function bytesOf(write: (outbox: Outbox) => void): Uint8Array {
  const outbox = new Outbox(ToNode.part);
  const pieces: Uint8Array[] = [];
  outbox.attach({
    write: (parts) => void pieces.push(...parts),
    buffered: 0,
    onDrain: undefined,
    pause() {},
    end() {},
    destroy() {},
  });
  write(outbox);
  outbox.flush();
  return Buffer.concat(pieces);
}

/**
 * Keeps a connection to each node, and says on it which sessions live. It knows nothing of what the bytes mean: over a
 * socket `hello` goes first, over gRPC it is the headers of each request. Every beat is answered: a connection on which
 * nothing comes is made anew.
 */
const THREAD = `
const { parentPort } = require('node:worker_threads');
const lines = new Map();
const overSocket = (scheme, connect, hello, heard) => {
  const socket = scheme === 'dsos' ? require('node:tls').connect(connect) : require('node:net').connect(connect);
  socket.setNoDelay(true);
  socket.on('data', heard);
  socket.write(hello);
  return { ends: socket, say: (beat) => socket.write(beat) };
};
const overGrpc = (scheme, { host, port, ...options }, hello, heard) => {
  const name = host.includes(':') ? '[' + host + ']' : host;
  const url = (scheme === 'grpcs' ? 'https://' : 'http://') + name + ':' + port;
  const session = require('node:http2').connect(url, options);
  const headers = { ':method': 'POST', te: 'trailers', 'content-type': 'application/grpc', ...hello };
  const say = (beat) => {
    if (session.closed || session.destroyed) return;
    const request = session.request(headers);
    request.on('error', () => {});
    request.on('response', heard);
    request.resume();
    request.end(beat);
  };
  return { ends: session, say };
};
const keep = ({ scheme, connect, hello, everyMs, silenceMs }) => {
  const line = { beats: new Map(), say: undefined, end: undefined };
  let ended = false;
  let heardAt = 0;
  let lookedAt = performance.now();
  let current;
  const heard = () => {
    heardAt = performance.now();
  };
  const open = () => {
    if (ended) return;
    const { ends, say } = (scheme.startsWith('grpc') ? overGrpc : overSocket)(scheme, connect, hello, heard);
    current = ends;
    heard();
    line.say = say;
    ends.on('error', () => {});
    ends.on('close', () => {
      line.say = undefined;
      setTimeout(open, 200);
    });
    for (const beat of line.beats.values()) say(beat);
  };
  const timer = setInterval(() => {
    const now = performance.now();
    // Who stood still has heard nothing for that.
    if (now - lookedAt > everyMs + 1000) heard();
    lookedAt = now;
    if (now - heardAt > silenceMs) current.destroy();
    else for (const beat of line.beats.values()) line.say?.(beat);
  }, everyMs);
  line.end = () => {
    ended = true;
    clearInterval(timer);
    current.destroy();
  };
  open();
  return line;
};
parentPort.on('message', ({ host, session, beat, ...how }) => {
  let line = lines.get(host);
  if (beat === undefined) {
    line?.beats.delete(session);
    if (line?.beats.size === 0) {
      lines.delete(host);
      line.end();
    }
    return;
  }
  if (line === undefined) {
    line = keep(how);
    lines.set(host, line);
  }
  line.beats.set(session, beat);
  line.say?.(beat);
});
`;
