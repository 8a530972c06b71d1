/** The unary calls of skein-dso.proto: for operators and their tools, and for signs of life. */
import {
  type handleUnaryCall,
  type Metadata,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Node, objectsOf, Refusal, statsOf } from '@skein/dso/server';

interface ObjectsRequest {
  readonly prefix: string;
  readonly limit: number;
}

interface DrainRequest {
  readonly stay: boolean;
}

interface BeatRequest {
  readonly sessions: readonly string[];
}

export function administration(node: () => Node): UntypedServiceImplementation {
  const guarded =
    <Asked, Answer>(answer: (node: Node, asked: Asked) => Answer): handleUnaryCall<Asked, Answer> =>
    (call: ServerUnaryCall<Asked, Answer>, reply: sendUnaryData<Answer>): void => {
      const refusal = refusalOf(node(), call.metadata);
      if (refusal !== undefined) {
        reply({ code: status.UNAUTHENTICATED, details: refusal });
        return;
      }
      try {
        reply(null, answer(node(), call.request));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        reply({ code: status.FAILED_PRECONDITION, details: error.message });
      }
    };
  return {
    Members: guarded((own) => ({
      node: own.address,
      incarnation: own.engine.incarnation,
      members: own.members,
      holdings: own.shares(),
    })),
    Drain: guarded((own, { stay }: DrainRequest) => {
      own.setDraining(!stay);
      return {};
    }),
    Ring: guarded((own) => ({
      shares: own.ring.members.map((member) => ({ member, slots: own.ring.slotsOf(member) })),
    })),
    Objects: guarded((own, { prefix, limit }: ObjectsRequest) => ({
      objects: objectsOf(own, prefix, limit === 0 ? undefined : limit),
    })),
    Stats: guarded((own) => {
      const { address, uptime, ...stats } = statsOf(own);
      return { node: address, uptimeSeconds: uptime, ...stats };
    }),
    Beat: guarded((own, { sessions }: BeatRequest) => {
      for (const id of sessions) {
        const session = own.engine.sessions.find(id);
        if (session !== undefined) own.engine.sessions.renew(session);
      }
      return {};
    }),
  };
}

function refusalOf(node: Node, metadata: Metadata): string | undefined {
  const given = String(metadata.get('authorization')[0] ?? '');
  const [, token = ''] = /^Bearer +(.*)$/i.exec(given) ?? [];
  if (node.isAuthorized(token)) return undefined;
  node.counters.unauthorized++;
  const why = given === '' ? 'none was given' : 'the token is another';
  return `this server asks for a token, as metadata 'authorization: Bearer <token>', and ${why}`;
}
