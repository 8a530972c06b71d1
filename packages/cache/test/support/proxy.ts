import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a server that fails as networks do. */
export interface ServerProxy {
  readonly port: number;
  /** Cuts all connections; new ones are refused until `open`. */
  shut(): void;
  open(): void;
  /** Nothing comes through any more, in neither direction, and nobody is told. New connections work. */
  freeze(): void;
  /** The next so many answers are dropped, and their connections cut: what was asked for has happened. */
  dropAnswers(times: number): void;
}

/** Goes with the test. */
export async function proxyTo(port: number): Promise<ServerProxy> {
  const sockets = new Set<Socket>();
  let isShut = false;
  let drops = 0;
  const server = createServer((client) => {
    if (isShut) {
      client.destroy();
      return;
    }
    const target = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (bytes) => target.write(bytes));
    target.on('data', (bytes) => {
      if (drops > 0) {
        drops--;
        client.destroy();
      } else {
        client.write(bytes);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    cut();
    server.close();
    await once(server, 'close');
  });
  return {
    port: (server.address() as AddressInfo).port,
    shut: () => {
      isShut = true;
      cut();
    },
    open: () => {
      isShut = false;
    },
    freeze: () => {
      for (const socket of sockets) socket.removeAllListeners('data').pause();
    },
    dropAnswers: (times) => {
      drops = times;
    },
  };
}
