/** Where a node hears clients: sockets of any kind. Other protocols may share them; what those are is the program's. */
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { SocketTransport } from '../wire/socket.ts';
import type { Node } from './node.ts';

/** A protocol that shares the port, told by the first bytes of a connection. */
export interface OtherProtocol {
  /** With what its connections begin. No frame of ours may begin so. */
  readonly begins: Buffer;
  /** Takes a socket over; the first bytes are still to be read from it. */
  accept(socket: Socket): void;
}

export interface ListenExtras {
  readonly tls?: TlsOptions | undefined;
  readonly other?: OtherProtocol | undefined;
}

export interface Listening {
  /** The port, of TCP. */
  readonly port: number | undefined;
  /** Connections that are there, of all protocols. */
  readonly connections: number;
  /** Stops hearing new clients; those that are there stay. Resolves when they are gone too. */
  close(): Promise<void>;
  /** Ends the connections that are left. */
  destroy(): void;
  /** Whether it keeps the process running. */
  hold(keep: boolean): void;
}

/** A connection that says nothing at all ends after this, milliseconds. */
const FIRST_BYTES_MS = 10_000;

/** Has a node hear clients at a socket. Rejects when the place is taken. */
export async function listen(
  node: Pick<Node, 'accept'>,
  where: ListenOptions,
  { tls, other }: ListenExtras = {},
): Promise<Listening> {
  const sockets = new Set<Socket>();
  let kept = true;
  const accept = (socket: Socket): void => {
    if (!kept) socket.unref();
    if (other === undefined) hear(node, socket);
    else tell(socket, other, () => hear(node, socket));
  };
  const server: Server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  // A client that breaks off its TLS handshake is no error of ours.
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => process.emitWarning(`shared objects: ${error.message}`, 'SkeinWarning'));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : undefined,
    get connections() {
      return sockets.size;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
    destroy: () => {
      for (const socket of sockets) socket.destroy();
    },
    hold(keep) {
      kept = keep;
      if (keep) server.ref();
      else server.unref();
      for (const socket of sockets) {
        if (keep) socket.ref();
        else socket.unref();
      }
    },
  };
}

function hear(node: Pick<Node, 'accept'>, socket: Socket): void {
  const transport = new SocketTransport(socket);
  transport.listen(node.accept(transport));
}

/** Reads just enough to tell whose protocol it is, and puts that back. */
function tell(socket: Socket, { begins, accept }: OtherProtocol, ours: () => void): void {
  const fail = (): void => void socket.destroy();
  const late = setTimeout(fail, FIRST_BYTES_MS).unref();
  const done = (): void => {
    clearTimeout(late);
    socket.off('readable', look).off('error', fail).off('end', fail).off('close', done);
  };
  let first: Buffer = Buffer.alloc(0);
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
    const isTheirs = begins.subarray(0, first.length).equals(first.subarray(0, begins.length));
    if (isTheirs && first.length < begins.length) return;
    done();
    socket.unshift(first);
    if (isTheirs) accept(socket);
    else ours();
  };
  socket.on('readable', look).on('error', fail).on('end', fail).on('close', done);
}
