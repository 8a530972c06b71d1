/** Opens the transport to a member, of whichever kind its address asks for. */
import { connect as connectSocket, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { processState } from '../process-state.ts';
import { MemoryTransport } from '../wire/memory.ts';
import { SocketTransport } from '../wire/socket.ts';
import type { TransportEvents } from '../wire/transport.ts';
import { type ClusterAddress, hostAndPort } from './address.ts';
import type { Dial } from './connection.ts';

/** What one read may bring, bytes: as much as Node reads at once. */
const READ = 64 * 1024;

/** How a client proves itself, and whom it trusts. PEM texts. */
export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name in the server's certificate. @default the host */
  readonly servername?: string | undefined;
}

/** @param started of a node in this process: rejects when it could not start */
export function dialOf(
  { scheme }: ClusterAddress,
  host: string,
  tls: TlsFiles,
  started?: Promise<void>,
): Dial {
  switch (scheme) {
    case 'dso+unix':
      return async (events, signal) => {
        await started;
        signal.throwIfAborted();
        const node = processState().embedded.get(host);
        if (node === undefined)
          return throughSocket(connectSocket({ path: host, ...readsTo(events) }), 'connect', events, signal);
        const [mine, theirs] = MemoryTransport.pair();
        mine.listen(events);
        theirs.listen(node.accept(theirs));
        return mine;
      };
    case 'dso':
      return (events, signal) =>
        throughSocket(connectSocket({ ...hostAndPort(host), ...readsTo(events) }), 'connect', events, signal);
    case 'dsos':
      return (events, signal) =>
        throughSocket(connectTls(tlsOptions(host, tls)), 'secureConnect', events, signal);
    case 'grpc':
    case 'grpcs':
      return async (events, signal) => {
        const { dialGrpc } = await import('./dial-grpc.ts');
        return dialGrpc(hostAndPort(host), scheme === 'grpcs' ? tls : undefined, events, signal);
      };
  }
}

export function tlsOptions(address: string, { ca, cert, key, servername }: TlsFiles): ConnectionOptions {
  const { host, port } = hostAndPort(address);
  return {
    host,
    port,
    // An address is no name that a certificate could be asked for by SNI.
    ...(servername === undefined && /^[\d.]+$|:/.test(host) ? {} : { servername: servername ?? host }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** Reads into one buffer, again and again: of a short call, a new one for every read is a tenth of the whole. */
function readsTo(events: TransportEvents): { readonly onread: OnReadOpts } {
  const buffer = Buffer.allocUnsafeSlow(READ);
  const callback = (bytes: number): boolean => {
    events.data(buffer.subarray(0, bytes));
    return true;
  };
  return { onread: { buffer, callback } };
}

function throughSocket(
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  events: TransportEvents,
  signal: AbortSignal,
): ReturnType<Dial> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    // A host that swallows packets would keep it waiting for minutes.
    socket.setTimeout(5000, () => socket.destroy(new Error('no connection within 5 s')));
    socket.once('error', reject);
    socket.once(ready, () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      signal.removeEventListener('abort', abort);
      const transport = new SocketTransport(socket);
      transport.listen(events);
      resolve(transport);
    });
  });
}
