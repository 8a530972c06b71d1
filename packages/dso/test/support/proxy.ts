/** A TCP proxy between clients and a node that does to connections what networks do. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What happens to bytes of a connection. */
interface Line {
  readonly client: Socket;
  readonly node: Socket;
  /** The next answer is thrown away and the connection cut: what was asked has been done by then. */
  cutsAtReply: boolean;
}

export interface Between {
  readonly url: string;
  /** Connections that there are. */
  readonly connections: number;
  /** Connections that it has cut. */
  readonly cuts: number;
  /** Ends all connections at once, as a reset does. */
  cut(): void;
  /** Ends the connection that was made first of those that are there. */
  cutFirst(): void;
  /** Requests are delivered, their answers never are: the connections end when the first answer comes. */
  cutAtReply(): void;
  /** Nothing passes any more on the connections that are there, and nobody is told; new ones work. */
  freeze(): void;
  /**
   * Ends all connections for the clients; the node does not notice before the answer is used, as when a network has
   * forgotten a connection.
   */
  leaveNode(): { cut(): void };
  /** Bytes arrive so much later, in both directions, milliseconds. */
  delay(ms: number): void;
  /** New connections are refused, or not any more. */
  refuse(refuses: boolean): void;
}

/** Starts a proxy for a node; it is gone after the test. */
export async function startProxy(nodeUrl: string): Promise<Between> {
  const port = Number(/:(\d+)$/.exec(nodeUrl)?.[1]);
  const lines = new Set<Line>();
  let delayMs = 0;
  let refuses = false;
  let cuts = 0;
  const server = createServer((client) => {
    if (refuses) {
      client.resetAndDestroy();
      return;
    }
    const node = connect(port, '127.0.0.1');
    const line: Line = { client, node, cutsAtReply: false };
    lines.add(line);
    client.setNoDelay(true);
    node.setNoDelay(true);
    const cut = (): void => {
      lines.delete(line);
      client.resetAndDestroy();
      node.resetAndDestroy();
    };
    const forward = (to: Socket, chunk: Buffer): void => {
      if (delayMs === 0) to.write(chunk);
      else setTimeout(() => to.writable && to.write(chunk), delayMs);
    };
    client.on('data', (chunk: Buffer) => forward(node, chunk));
    node.on('data', (chunk: Buffer) => {
      if (line.cutsAtReply) cut();
      else forward(client, chunk);
    });
    for (const socket of [client, node]) socket.on('error', cut).on('close', cut);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: Between = {
    url: `dso://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return lines.size;
    },
    get cuts() {
      return cuts;
    },
    cut() {
      cuts += lines.size;
      for (const line of [...lines]) {
        lines.delete(line);
        line.client.resetAndDestroy();
        line.node.resetAndDestroy();
      }
    },
    cutFirst() {
      const [line] = lines;
      if (line === undefined) return;
      cuts++;
      lines.delete(line);
      line.client.resetAndDestroy();
      line.node.resetAndDestroy();
    },
    cutAtReply() {
      for (const line of lines) line.cutsAtReply = true;
    },
    freeze() {
      for (const { client, node } of lines) {
        client.pause().removeAllListeners('data');
        node.pause().removeAllListeners('data');
      }
    },
    leaveNode() {
      const left = [...lines];
      for (const line of left) {
        lines.delete(line);
        line.node.removeAllListeners('close').on('close', () => {});
        line.client.removeAllListeners('close').resetAndDestroy();
      }
      return { cut: () => left.forEach(({ node }) => void node.resetAndDestroy()) };
    },
    delay(ms) {
      delayMs = ms;
    },
    refuse(now) {
      refuses = now;
    },
  };
  onTestFinished(() => {
    proxy.cut();
    server.close();
  });
  return proxy;
}
