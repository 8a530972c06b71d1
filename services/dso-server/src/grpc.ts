/** The node by gRPC: the stream that programs use, health, and administration. */
import type { Socket } from 'node:net';
import { type ConnectionInjector, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import {
  decodePacket,
  encodePacket,
  GrpcTransport,
  type Node,
  type OtherProtocol,
  PROTO_FILE,
} from '@skein/dso/server';
import { HealthImplementation } from 'grpc-health-check';
import { administration } from './administration.ts';

const SERVICE = 'skein.dso.v1.Dso';
/** As much as the longest packet of ours, and more: what others send is cut before it fills the memory. */
const MAX_PACKET = 4 * 2 ** 20;

export class GrpcService {
  readonly #server = new Server({
    'grpc.max_receive_message_length': MAX_PACKET,
    'grpc.max_concurrent_streams': 1000,
  });
  readonly #health = new HealthImplementation({ '': 'SERVING', [SERVICE]: 'SERVING' });
  readonly #injector: ConnectionInjector;

  /** @param clients lets streams in. @param node is asked by operators; it is there when the first of them comes */
  constructor(clients: Pick<Node, 'accept'>, node: () => Node) {
    this.#server.addService(serviceDefinition(), {
      ...administration(node),
      Stream: (stream: ServerDuplexStream<Buffer, readonly Uint8Array[]>) => {
        const transport = new GrpcTransport(stream, () => stream.destroy());
        transport.listen(clients.accept(transport), ['cancelled', 'finish', 'close']);
      },
    });
    this.#health.addToServer(this.#server);
    // TLS is ended before: the port may be shared with the socket protocol.
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  /** Recognised by the first bytes of HTTP/2; as the length of a frame of ours they would be far too much. */
  get protocol(): OtherProtocol {
    return { begins: Buffer.from('PRI '), accept: (socket) => this.accept(socket) };
  }

  accept(socket: Socket): void {
    socket.setKeepAlive(true, 15_000);
    this.#injector.injectConnection(socket);
  }

  /** From now on this server says that it is not to be used. */
  drain(): void {
    for (const name of ['', SERVICE]) this.#health.setStatus(name, 'NOT_SERVING');
  }

  close(): void {
    this.#server.forceShutdown();
  }
}

/** As the .proto file says; packets are read and written by hand, because there are many. */
function serviceDefinition(): ServiceDefinition {
  const loaded = loadSync(PROTO_FILE, { longs: Number, defaults: true });
  const service = loaded[SERVICE] as ServiceDefinition;
  const stream = service['Stream'] as MethodDefinition<object, object>;
  return {
    ...service,
    Stream: {
      ...stream,
      requestDeserialize: decodePacket,
      responseSerialize: (parts: object) => encodePacket(parts as readonly Uint8Array[]),
    },
  };
}
