import { Client, credentials, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { PROTO_FILE } from '@skein/dso/server';
import { onTestFinished } from 'vitest';

type Method = 'Members' | 'Ring' | 'Objects' | 'Stats' | 'Drain' | 'Beat';
type Ask = (method: Method, request: object, metadata?: Metadata) => Promise<Record<string, unknown>>;

/** Asks a server as an operator's tool would: by the .proto file, with any gRPC library. */
export function operator(url: string): Ask {
  const client = new Client(url.replace('grpc://', ''), credentials.createInsecure());
  onTestFinished(() => client.close());
  const service = loadSync(PROTO_FILE, { longs: Number, defaults: true })[
    'skein.dso.v1.Dso'
  ] as ServiceDefinition;
  return (name, request, metadata = new Metadata()) => {
    const method = service[name] as unknown as MethodDefinition<object, Record<string, unknown>>;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        (error, answer) => (error === null ? resolve(answer!) : reject(error)),
      );
    });
  };
}

export function authorized(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}
