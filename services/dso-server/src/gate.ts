import type { Node, Transport, TransportEvents } from '@skein/dso/server';

export const TRANSPORTS = ['socket', 'unix', 'grpc'] as const;

export type TransportName = (typeof TRANSPORTS)[number];

/**
 * Lets clients in to the node, and counts them by how they come. The node is known a moment later than the port on which
 * they come, because its name may hold that port.
 */
export class Gate {
  #node: Node | undefined;
  readonly #open: Record<TransportName, number> = { socket: 0, unix: 0, grpc: 0 };

  lead(node: Node): void {
    this.#node = node;
  }

  /** Connections that are open. */
  open(by: TransportName): number {
    return this.#open[by];
  }

  by(name: TransportName): Pick<Node, 'accept'> {
    return { accept: (transport) => this.#accept(name, transport) };
  }

  #accept(by: TransportName, transport: Transport): TransportEvents {
    const node = this.#node;
    if (node === undefined) {
      transport.destroy();
      return { data() {}, closed() {} };
    }
    const events = node.accept(transport);
    this.#open[by]++;
    return {
      data: (chunk) => events.data(chunk),
      closed: (error) => {
        this.#open[by]--;
        events.closed(error);
      },
    };
  }
}
