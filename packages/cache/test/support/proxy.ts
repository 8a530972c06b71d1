import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** A way to a server that fails as networks do. */
export interface ServerProxy {
  readonly port: number;
  /** Cuts all connections; new ones are refused until `open`. */
  shut(): void;
  open(): void;
  /** Nothing comes through any more, in neither direction, and nobody is told. New connections work. */
  freeze(): void;
  /** From now on what comes from the server arrives byte by byte, except by new connections. */
  crumble(): void;
  /** From now on what comes from the server with this text in it is dropped, except by new connections. */
  swallow(text: string): void;
  /** Of connections, so far. */
  readonly opened: number;
  /** The next so many answers are dropped, and their connections cut: what was asked for has happened. */
  dropAnswers(times: number): void;
}

/** Goes with the test. */
export async function proxyTo(port: number): Promise<ServerProxy> {
  const sockets = new Set<Socket>();
  let isShut = false;
  let drops = 0;
  const crumbling = new Set<Socket>();
  const swallowing = new Map<Socket, string>();
  let opened = 0;
  const server = createServer((client) => {
    if (isShut) {
      client.destroy();
      return;
    }
    opened++;
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
    client.setNoDelay();
    let sending = Promise.resolve();
    const crumble = async (bytes: Buffer): Promise<void> => {
      for (const byte of bytes) {
        client.write(Buffer.of(byte));
        await turnOfLoop(); // the other end, in this very process, reads it before the next one
      }
    };
    client.on('data', (bytes) => target.write(bytes));
    target.on('data', (bytes) => {
      if (drops > 0) {
        drops--;
        client.destroy();
      } else if (swallowing.has(target) && bytes.includes(swallowing.get(target)!)) {
        return;
      } else if (crumbling.has(target)) {
        sending = sending.then(() => crumble(bytes));
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
    crumble: () => {
      for (const socket of sockets) crumbling.add(socket);
    },
    swallow: (text) => {
      for (const socket of sockets) swallowing.set(socket, text);
    },
    get opened() {
      return opened;
    },
    dropAnswers: (times) => {
      drops = times;
    },
  };
}
