import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut, with what is under way. */
export interface CuttingProxy {
  readonly port: number;
  /** From now on answers are dropped, and their connections with them, as often as this. The requests arrive. */
  dropAnswers(times: number): void;
  /** Bytes of answers that have come through. */
  readonly answered: number;
  /** Cuts every connection that is there now. */
  cut(): void;
  close(): Promise<void>;
}

export async function cuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let drops = 0;
  let answered = 0;
  const server = createServer((client) => {
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
    client.pipe(target);
    target.on('data', (bytes) => {
      // '100 Continue' is no answer yet.
      if (drops > 0 && !bytes.subarray(0, 12).toString().includes('HTTP/1.1 100')) {
        drops--;
        client.destroy();
        return;
      }
      answered += bytes.length;
      if (!client.write(bytes)) {
        target.pause();
        client.once('drain', () => target.resume());
      }
    });
    target.on('end', () => client.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    dropAnswers: (times) => {
      drops = times;
    },
    get answered() {
      return answered;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
