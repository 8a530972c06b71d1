/** A cluster of one engine without a network: handles call it, and calls are noted. */
import type { Cluster, WriteOptions } from '../../src/client/cluster.ts';
import { ClientTarget } from '../../src/client/target.ts';
import type { ObjectType } from '../../src/engine/object-type.ts';
import { Refusal } from '../../src/engine/refusal.ts';
import type { Target } from '../../src/engine/request.ts';
import { errorOf } from '../../src/errors.ts';
import type { Place } from '../../src/handles/shared-object.ts';
import { slotOf } from '../../src/ring/hash.ts';
import type { Value } from '../../src/value/value.ts';
import { FakeTasks } from '../objects/fake-tasks.ts';
import { Member } from '../objects/member.ts';

export class LocalCluster {
  readonly tasks: FakeTasks = new FakeTasks();
  readonly calls: {
    readonly kind: 'read' | 'write' | 'wait';
    readonly args: readonly Value[];
    readonly options: WriteOptions | undefined;
  }[] = [];
  readonly member: Member;
  readonly #targets = new Map<ClientTarget, Target>();
  #sequence = 0;

  constructor(type: ObjectType) {
    this.member = new Member({ types: [type], tasks: this.tasks });
  }

  place(type: string, config: readonly Value[] = []): Place {
    return { cluster: this as unknown as Cluster, type, key: 'it', config };
  }

  target(type: string, key: string, config: readonly Value[], mode: 'create' | 'await'): ClientTarget {
    const target = new ClientTarget(type, key, slotOf(type, key), config, mode);
    this.#targets.set(target, this.member.object(type, key, config));
    return target;
  }

  call(
    _site: unknown,
    kind: 'read' | 'write' | 'wait',
    target: ClientTarget,
    operation: number,
    args: readonly Value[],
    options: WriteOptions | undefined,
  ): Promise<Value> {
    this.calls.push({ kind, args, options });
    return new Promise((resolve, reject) =>
      this.member.engine.submit({
        port: {
          order: 0,
          earlyBytes: 0,
          reply(_callId, value) {
            if (value instanceof Refusal) reject(errorOf(value.code, value.message));
            else resolve(value);
          },
        },
        callId: 1,
        session: this.member.session('client'),
        target: this.#targets.get(target)!,
        operation,
        sequence: kind === 'read' ? 0 : ++this.#sequence,
        acked: 0,
        epoch: 0,
        fence: options?.fence ?? 0,
        remainingMs: options?.timeoutMs ?? Number.POSITIVE_INFINITY,
        args,
      }),
    );
  }

  /** Code has been sent already, for all that is known here. */
  linkOf(): undefined {
    return undefined;
  }

  /** Ends the task that runs once one does: functions are shipped before they are called for. */
  async finish(results: readonly Value[]): Promise<void> {
    while (this.tasks.begun.length === 0) await new Promise((resume) => setImmediate(resume));
    await this.tasks.finish({ kind: 'done', results });
  }
}

/** All that an iteration gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
