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
import { type TlsFiles, tlsOptions } from './dial.ts';
import type { LinkSession } from './link-session.ts';

interface HeartbeatOptions {
  readonly address: ClusterAddress;
  readonly token: string | undefined;
  readonly tls: TlsFiles;
  readonly sessionTtlMs: number;
}

export class Heartbeats {
  readonly #options: HeartbeatOptions;
  #thread: Worker | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(host: string, session: LinkSession): void {
    const { address, token, tls, sessionTtlMs } = this.#options;
    // A node in this process stands still when this process computes, and takes no session for dead then.
    if (address.scheme === 'dso+unix' && processState().embedded.has(host)) return;
    if (this.#thread === undefined) {
      // Text, because a bundle of one file has no other file to start a thread from.
      this.#thread = new Worker(THREAD, { eval: true, stdout: false, stderr: false, execArgv: [], env: {} });
      this.#thread.unref();
      // Without it the process beats from its main thread only, as before.
      this.#thread.on('error', () => {});
    }
    const isGrpc = address.scheme === 'grpc' || address.scheme === 'grpcs';
    this.#thread.postMessage({
      host,
      scheme: address.scheme,
      connect:
        address.scheme === 'dso+unix'
          ? { path: host }
          : address.scheme.endsWith('s')
            ? tlsOptions(host, tls)
            : hostAndPort(host),
      hello: isGrpc
        ? { ':path': BEAT_PATH, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
        : message((outbox) =>
            writeHello(outbox.frame(ToNode.hello), {
              magic: MAGIC,
              version: PROTOCOL_VERSION,
              token: token ?? '',
            }),
          ),
      beat: isGrpc
        ? beatRequest(session.id)
        : message((outbox) => outbox.frame(ToNode.beat).text(session.id)),
      everyMs: sessionTtlMs / 3,
    });
  }

  stop(): void {
    void this.#thread?.terminate();
    this.#thread = undefined;
  }
}

/** The bytes of one message. */
function message(write: (outbox: Outbox) => void): Uint8Array {
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
 * socket `hello` goes first, over gRPC it is the headers of each request.
 */
const THREAD = `
const { parentPort } = require('node:worker_threads');
const lines = new Map();
const overSocket = (scheme, connect, hello) => {
  const socket = scheme === 'dsos' ? require('node:tls').connect(connect) : require('node:net').connect(connect);
  socket.setNoDelay(true);
  socket.resume();
  socket.write(hello);
  return { ends: socket, say: (beat) => socket.write(beat) };
};
const overGrpc = (scheme, { host, port, ...options }, hello) => {
  const name = host.includes(':') ? '[' + host + ']' : host;
  const url = (scheme === 'grpcs' ? 'https://' : 'http://') + name + ':' + port;
  const session = require('node:http2').connect(url, options);
  const headers = { ':method': 'POST', te: 'trailers', 'content-type': 'application/grpc', ...hello };
  const say = (beat) => {
    if (session.closed || session.destroyed) return;
    const request = session.request(headers);
    request.on('error', () => {});
    request.resume();
    request.end(beat);
  };
  return { ends: session, say };
};
parentPort.on('message', ({ host, scheme, connect, hello, beat, everyMs }) => {
  let line = lines.get(host);
  if (line === undefined) {
    line = { beats: [], say: undefined };
    lines.set(host, line);
    const open = () => {
      const { ends, say } = (scheme.startsWith('grpc') ? overGrpc : overSocket)(scheme, connect, hello);
      line.say = say;
      ends.on('error', () => {});
      ends.on('close', () => {
        line.say = undefined;
        setTimeout(open, 200);
      });
      for (const one of line.beats) say(one);
    };
    open();
    setInterval(() => { for (const one of line.beats) line.say?.(one); }, everyMs);
  }
  line.beats.push(beat);
  line.say?.(beat);
});
`;
