/** The other end of a connection, which says what a test wants: what no real node does, or not when it is wanted. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Reader } from '../../src/value/reader.ts';
import { FrameReader } from '../../src/wire/frame-reader.ts';
import { writeWelcome } from '../../src/wire/messages.ts';
import { Outbox } from '../../src/wire/outbox.ts';
import { PROTOCOL_VERSION, ToClient, ToNode } from '../../src/wire/protocol.ts';
import { SocketTransport } from '../../src/wire/socket.ts';

export interface Heard {
  readonly kind: number;
  readonly body: Reader;
  /** What is written to it leaves when the handler returns. */
  readonly outbox: Outbox;
}

export interface ScriptedNode {
  readonly url: string;
  /** Connections there have been. */
  readonly connections: number;
}

/** Greets its clients, and leaves everything else to the handler. Without one it accepts connections and is silent. */
export async function scriptNode(handle?: (heard: Heard) => void): Promise<ScriptedNode> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    const transport = new SocketTransport(socket);
    const outbox = new Outbox(ToClient.part);
    outbox.attach(transport);
    const frames = new FrameReader({ part: ToNode.part, maxMessageBytes: 2 ** 30 }, (kind, body) => {
      if (handle === undefined) return;
      if (kind === ToNode.hello)
        writeWelcome(outbox.frame(ToClient.welcome), {
          version: PROTOCOL_VERSION,
          node: 'node',
          incarnation: 'life',
          members: ['node'],
          maxMessageBytes: 2 ** 30,
          isCluster: false,
        });
      else handle({ kind, body, outbox });
      outbox.flush();
    });
    transport.listen({ data: (chunk) => frames.push(chunk), closed: () => void sockets.delete(socket) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `dso://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
  };
}
