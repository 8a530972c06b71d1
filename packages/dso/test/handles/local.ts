/** Handles whose calls go to an engine in the same turn, without a network. */
import type { Site } from '@skein/codec';
import type { CallOptions, Cluster, WriteOptions } from '../../src/client/cluster.ts';
import { ClientTarget } from '../../src/client/target.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { ObjectType } from '../../src/engine/object-type.ts';
import { Refusal } from '../../src/engine/refusal.ts';
import type { Target } from '../../src/engine/request.ts';
import type { Session } from '../../src/engine/session.ts';
import { errorOf } from '../../src/errors.ts';
import type { Place } from '../../src/handles/shared-object.ts';
import { DELETE, typeNameOf } from '../../src/objects/catalog.ts';
import { slotOf } from '../../src/ring/hash.ts';
import type { Value } from '../../src/value/value.ts';
import { ManualClock } from '../objects/member.ts';

export class LocalServer {
  readonly clock = new ManualClock();
  readonly engine: Engine;
  readonly printed: string[] = [];
  /** How many operations have come. */
  asked = 0;

  constructor(types: readonly ObjectType[]) {
    this.engine = new Engine({
      types: new Map(types.map((type) => [type.name, type])),
      clock: this.clock,
      incarnation: 'test',
      limits: { maxObjectBytes: 2 ** 26, maxMemoryBytes: 2 ** 28 },
      tasks: {
        refusalOf: () => undefined,
        run: () => Promise.reject(new Error('no user code runs here')),
        forget() {},
      },
      print: (line) => this.printed.push(line),
    });
  }

  /** A client with a session of its own. */
  client(id: string): LocalClient {
    return new LocalClient(this, id);
  }
}

export class LocalClient {
  readonly server: LocalServer;
  readonly session: Session;
  readonly #sequences = new Map<number, number>();
  readonly #targets = new Map<string, Target>();

  constructor(server: LocalServer, id: string) {
    this.server = server;
    const session = server.engine.sessions.open(id, 1e9, undefined, false);
    if (session instanceof Refusal) throw new Error(session.message);
    this.session = session;
  }

  place(type: string, key: string, config: readonly Value[] = []): Place {
    return { cluster: this as unknown as Cluster, type, key, config };
  }

  end(): void {
    this.server.engine.sessions.end(this.session);
  }

  // What handles use of a cluster.

  target(type: string, key: string, config: readonly Value[], mode: 'create' | 'await'): ClientTarget {
    return new ClientTarget(type, key, slotOf(type, key), config, mode);
  }

  call(
    _site: Site,
    kind: 'read' | 'write' | 'wait',
    { type: typeName, key, config, mode, slot }: ClientTarget,
    operation: number,
    args: readonly Value[],
    options: (CallOptions & WriteOptions) | undefined,
  ): Promise<Value> {
    const { engine } = this.server;
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.session.ended) return Promise.reject(errorOf('session-lost', 'the session is over'));
    this.server.asked++;
    const type = engine.typeOf(typeNameOf(typeName));
    if (operation !== DELETE && (type?.operations[operation]?.kind === 'read') !== (kind === 'read'))
      throw new Error(`operation ${operation} of ${typeName} is no ${kind}`);
    const name = `${typeName} ${key} ${String(config)} ${mode}`;
    let target = this.#targets.get(name);
    target ??= { slot, typeName, key, config, mode, seenIn: undefined, cell: undefined };
    this.#targets.set(name, target);
    let sequence = 0;
    if (kind !== 'read') {
      sequence = (this.#sequences.get(slot) ?? 0) + 1;
      this.#sequences.set(slot, sequence);
    }
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => engine.cancel(this.session, slot, sequence));
      engine.submit({
        port: {
          order: 0,
          earlyBytes: 0,
          reply: (_callId, value) => {
            if (!(value instanceof Refusal)) resolve(value);
            else if (value.code === 'cancelled') reject(signal?.reason);
            else reject(errorOf(value.code, value.message));
          },
        },
        callId: 1,
        session: this.session,
        target: target as Target,
        operation,
        sequence,
        acked: 0,
        epoch: 0,
        fence: options?.fence ?? 0,
        remainingMs: options?.timeoutMs ?? Number.POSITIVE_INFINITY,
        args,
      });
    });
  }
}
