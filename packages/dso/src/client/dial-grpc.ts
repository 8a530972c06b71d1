/** Reaches a node by gRPC: one long-lived stream, on a connection of its own. */
import type { Socket } from 'node:net';
import type { ChannelCredentials, ChannelOptions, ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { GrpcTransport } from '../wire/grpc.ts';
import { decodePacket, encodePacket, STREAM_PATH } from '../wire/packet.ts';
import type { Transport, TransportEvents } from '../wire/transport.ts';
import type { TlsFiles } from './dial.ts';
import { loadGrpcJs } from './grpc-js.ts';

/** As for sockets. */
const CONNECT_MS = 5000;
/** What the node may send before this side has read it, bytes. HTTP/2's own 64 KiB a round trip are slow from afar. */
const WINDOW = 4 * 2 ** 20;
/** How long a line may be silent before the system asks whether the peer is there, milliseconds. */
const SILENCE_MS = 15_000;

/** A stream whose `hold` says whether it keeps the process running. */
type HeldTransport = Transport & { hold(keep: boolean): void };

export async function dialGrpc(
  { host, port }: { readonly host: string; readonly port: number },
  tls: TlsFiles | undefined,
  events: TransportEvents,
  signal: AbortSignal,
): Promise<HeldTransport> {
  signal.throwIfAborted();
  const grpc = loadGrpcJs();
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  const credentials =
    tls === undefined
      ? grpc.credentials.createInsecure()
      : grpc.credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert));
  let raw: Socket | undefined;
  const connected = socketOf(credentials, (socket) => {
    raw = socket;
    if (signal.aborted) socket.destroy();
  });
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const client = new grpc.Client(address, credentials, optionsOf(tls));
  const stream = client.makeBidiStreamRequest(
    STREAM_PATH,
    encodePacket,
    decodePacket,
    new grpc.Metadata(),
    {},
  );

  return new Promise((resolve, reject) => {
    const transport = new ClientTransport(stream);
    let isOpen = false;
    const late = setTimeout(() => failed(new Error('no connection within 5 s')), CONNECT_MS);
    const abort = (): void => failed(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    const done = (): void => {
      clearTimeout(late);
      signal.removeEventListener('abort', abort);
    };
    const failed = (error: Error | undefined): void => {
      done();
      stream.cancel();
      client.close();
      // A handshake goes on for grpc-js, whoever has given it up.
      raw?.destroy();
      reject(error ?? new Error('the server ended the connection'));
    };
    connected.then((socket) => {
      done();
      isOpen = true;
      transport.use(socket);
      resolve(transport);
    }, failed);
    transport.listen(
      {
        data: (chunk) => events.data(chunk),
        closed: (error) => {
          const why = transport.ended ? undefined : readable(error);
          if (!isOpen) failed(why);
          else {
            client.close();
            events.closed(why);
          }
        },
      },
      ['status'],
    );
  });
}

function optionsOf(tls: TlsFiles | undefined): ChannelOptions {
  const { servername } = tls ?? {};
  return {
    // A connection of its own: whether it keeps the process running is this client's to say.
    'grpc.use_local_subchannel_pool': 1,
    // The link sends again, by number.
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc-node.flow_control_window': WINDOW,
    ...(servername === undefined
      ? {}
      : { 'grpc.ssl_target_name_override': servername, 'grpc.default_authority': servername }),
  };
}

/** grpc-js tells nobody which socket it uses, and keeps the process running as long as a stream is open. */
function socketOf(credentials: ChannelCredentials, onRaw: (socket: Socket) => void): Promise<Socket> {
  return new Promise((resolve) => {
    const make = credentials._createSecureConnector.bind(credentials);
    credentials._createSecureConnector = (...args) => {
      const connector = make(...args);
      return {
        waitForReady: () => connector.waitForReady(),
        getCallCredentials: () => connector.getCallCredentials(),
        destroy: () => connector.destroy(),
        async connect(socket) {
          onRaw(socket);
          const made = await connector.connect(socket);
          resolve(made.socket);
          return made;
        },
      };
    };
  });
}

class ClientTransport extends GrpcTransport {
  #socket: Socket | undefined;
  #keep = true;
  /** By this side. */
  ended = false;

  constructor(stream: ClientDuplexStream<readonly Uint8Array[], Buffer>) {
    super(stream, () => stream.cancel());
    // When a stream begins, grpc-js has its connection keep the process running.
    stream.on('metadata', () => this.hold(this.#keep));
  }

  use(socket: Socket): void {
    this.#socket = socket;
    // By the system, not by HTTP/2 pings: a process that computes answers none of those, and lives.
    socket.setKeepAlive(true, SILENCE_MS);
    this.hold(this.#keep);
  }

  hold(keep: boolean): void {
    this.#keep = keep;
    if (keep) this.#socket?.ref();
    else this.#socket?.unref();
  }

  override end(): void {
    this.ended = true;
    super.end();
  }

  override destroy(): void {
    this.ended = true;
    super.destroy();
  }
}

/** As grpc-js says it, without the date that it puts behind what the system said. */
function readable(error: Error | undefined): Error | undefined {
  if (error === undefined) return undefined;
  const { details = error.message, message } = error as ServiceError;
  const [, status = ''] = /^\d+ ([A-Z_]+):/.exec(message) ?? [];
  const text = details
    .replace(/^No connection established\. Last error: /, '')
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, '');
  return new Error(status === '' ? text : `${text} (${status})`, { cause: error });
}
