import { processSite, type Site } from '@skein/codec';
import type { CallOptions, Cluster, WriteOptions } from '../client/cluster.ts';
import type { CallKind, Times, Undo } from '../client/pending.ts';
import type { ClientTarget } from '../client/target.ts';
import { DsoError } from '../errors.ts';
import type { Lease } from '../lease.ts';
import { DELETE } from '../objects/catalog.ts';
import type { Value } from '../value/value.ts';
import { callWithCode } from './user-code.ts';

export type { CallOptions, WriteOptions } from '../client/cluster.ts';

/** What handles, and proxies of handles, call their removal. */
export const REMOVE = 'skein.dso.remove';

/**
 * Deletes an object: who waits at it is told, and the next use makes it anew.
 *
 * @param handle of any shared object, of a user's class too
 */
export async function deleteObject(handle: object, options?: WriteOptions): Promise<void> {
  const remove: unknown = (handle as { [REMOVE]?: unknown })[REMOVE];
  if (typeof remove !== 'function')
    throw new DsoError('bad-argument', 'the handle of a shared object is expected');
  await (remove as (options?: WriteOptions) => Promise<void>).call(handle, options);
}

/** Where an object is, and how it is made by its first use. */
export interface Place {
  readonly cluster: Cluster;
  readonly type: string;
  readonly key: string;
  readonly config: readonly Value[];
  /** `await`: whoever made the handle makes the object; used elsewhere it waits for that. */
  readonly mode?: 'create' | 'await';
  readonly site?: Site;
  /** How long its calls may take. @default as the cluster says */
  readonly times?: Times | undefined;
  /** With which the object goes, if its first use is here. @default it stays */
  readonly lease?: Lease | undefined;
}

/** The longest key, bytes of UTF-8: a handle takes it along wherever it goes. */
const MAX_KEY_BYTES = 512;

/**
 * A handle of a shared object. It may be closed over, passed, returned and stored in other objects; wherever it comes
 * to, it is the same object.
 */
export abstract class SharedObject {
  readonly #cluster: Cluster;
  readonly #target: ClientTarget;
  readonly #site: Site;
  readonly #times: Times | undefined;

  /** Handles are made by `connect()`: `dso.counter(key)`. */
  constructor({ cluster, type, key, config, mode = 'create', site = processSite(), times, lease }: Place) {
    if (typeof key !== 'string' || key === '' || Buffer.byteLength(key) > MAX_KEY_BYTES)
      throw new DsoError(
        'bad-argument',
        `the key of a shared object is text of 1 to ${MAX_KEY_BYTES} bytes, not ${typeof key === 'string' ? `text of ${Buffer.byteLength(key)} bytes` : String(key)}`,
      );
    this.#cluster = cluster;
    this.#target = cluster.target(type, key, config, mode, lease);
    this.#site = site;
    this.#times = times;
  }

  /** What the object is called among those of its type. */
  get key(): string {
    return this.#target.key;
  }

  /** Such as 'counter'; of a user's class, 'class:Name'. */
  get type(): string {
    return this.#target.type;
  }

  /** For `deleteObject`: classes of users may have methods of any other name. */
  async 'skein.dso.remove'(options?: WriteOptions): Promise<void> {
    await this.write(DELETE, [], options);
  }

  /** @internal What a handle takes along. */
  get place(): Place {
    const { type, key, config, mode, lease } = this.#target;
    return { cluster: this.#cluster, type, key, config, mode, site: this.#site, times: this.#times, lease };
  }

  /** @internal */
  protected get slot(): number {
    return this.#target.slot;
  }

  protected read(operation: number, args: readonly Value[], options?: CallOptions): Promise<Value> {
    return this.#call('read', operation, args, options);
  }

  protected write(operation: number, args: readonly Value[], options?: WriteOptions): Promise<Value> {
    return this.#call('write', operation, args, options);
  }

  /**
   * A write that may give something to hold: the process must be known to live from then on.
   * @param undo gives it back, when it was given after all and the caller believes that nobody knows
   */
  protected writeTaking(
    operation: number,
    args: readonly Value[],
    options?: WriteOptions,
    undo?: Undo,
  ): Promise<Value> {
    return this.#call('take', operation, args, options, undo);
  }

  /** A write that may wait at the server for what others do. @param undo as of {@link writeTaking} */
  protected writeWaiting(
    operation: number,
    args: readonly Value[],
    options?: WriteOptions,
    undo?: Undo,
  ): Promise<Value> {
    return this.#call('wait', operation, args, options, undo);
  }

  /** A write for which the server runs a function: it is sent there first, once. */
  protected writeWithCode(
    operation: number,
    fn: Function,
    args: (code: Value) => readonly Value[],
    options?: WriteOptions,
  ): Promise<Value> {
    return callWithCode(
      fn,
      () => this.#cluster.linkOf(this.#target.slot),
      (code) => this.write(operation, args(code), options),
    );
  }

  #call(
    kind: CallKind,
    operation: number,
    args: readonly Value[],
    options: WriteOptions | undefined,
    undo?: Undo,
  ): Promise<Value> {
    const wrong = options === undefined ? undefined : wrongOptions(options);
    if (wrong !== undefined) return Promise.reject(wrong);
    return this.#cluster.call(this.#site, kind, this.#target, operation, args, options, this.#times, undo);
  }
}

/** What is wrong with options, before anything is sent. */
function wrongOptions({ timeoutMs, signal, fence }: WriteOptions): DsoError | undefined {
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0))
    return new DsoError(
      'bad-argument',
      `timeoutMs must be a number of milliseconds, 0 or more, not ${String(timeoutMs)}`,
    );
  if (signal !== undefined && !(signal instanceof AbortSignal))
    return new DsoError('bad-argument', `signal must be an AbortSignal, not ${String(signal)}`);
  if (fence !== undefined && !(Number.isSafeInteger(fence) && fence >= 1))
    return new DsoError(
      'bad-argument',
      `fence must be a token that lock.acquire() gave, not ${String(fence)}`,
    );
  return undefined;
}
