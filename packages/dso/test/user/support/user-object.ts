import { decode, encode } from '@skein/codec';
import type { CodeRef } from '../../../src/user/code.ts';
import {
  encodePlainArguments,
  type ShippedArguments,
  type ShippedCode,
  shipCode,
} from '../../../src/user/ship.ts';
import type { InvokeTask, UserOutcome, UserResult } from '../../../src/user/task.ts';
import type { UserHost } from '../../../src/user/user-host.ts';

/** An outcome that is not `done`, as an error. */
export class Failure extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export async function ship(host: UserHost, fn: Function): Promise<ShippedCode> {
  const shipped = await shipCode(fn);
  host.addCode(shipped.code);
  return shipped;
}

type Done = Extract<UserOutcome, { kind: 'done' }>;

/** The outcome when it is done; throws the user's own error, or a {@link Failure}. */
export function done(outcome: UserOutcome, shipped?: Pick<ShippedCode, 'functions'>): Done {
  switch (outcome.kind) {
    case 'done':
      return outcome;
    case 'threw':
      throw decode(outcome.error, shipped && { functions: shipped.functions });
    case 'failed':
      throw new Failure(outcome.code, outcome.message);
  }
}

/** An object as an engine holds it: bytes, which calls replace. */
export class UserObject<T> {
  readonly host: UserHost;
  readonly name: string;
  readonly code: CodeRef;
  readonly shipped: ShippedCode | undefined;
  state: Uint8Array;
  timeLimitMs: number | undefined;

  constructor(
    host: UserHost,
    name: string,
    code: CodeRef,
    shipped: ShippedCode | undefined,
    state: Uint8Array,
  ) {
    this.host = host;
    this.name = name;
    this.code = code;
    this.shipped = shipped;
    this.state = state;
  }

  static async make<T>(
    host: UserHost,
    Class: new (...args: never[]) => T,
    { name = Class.name, args = [] }: { name?: string; args?: readonly unknown[] } = {},
  ): Promise<UserObject<T>> {
    const shipped = await ship(host, Class);
    const encoded = await shipped.encodeArguments(args);
    for (const code of encoded.codes) host.addCode(code);
    return UserObject.#construct<T>(host, name, shipped.ref, shipped, encoded);
  }

  static preloaded<T>(host: UserHost, name: string, args: readonly unknown[] = []): Promise<UserObject<T>> {
    const encoded = { args: encode(args).toBytes(), codes: [], known: undefined };
    return UserObject.#construct<T>(host, name, { kind: 'preloaded', name }, undefined, encoded);
  }

  static async #construct<T>(
    host: UserHost,
    name: string,
    code: CodeRef,
    shipped: ShippedCode | undefined,
    { args, codes }: ShippedArguments,
  ): Promise<UserObject<T>> {
    const argCodes = codes.map(({ hash }) => hash);
    const outcome = await host.run({ kind: 'construct', object: name, code, args, argCodes });
    return new UserObject<T>(host, name, code, shipped, done(outcome, shipped).state!);
  }

  /** What to ask of a host. */
  async taskOf(method: string, args: readonly unknown[] = []): Promise<InvokeTask> {
    const encoded = await (this.shipped?.encodeArguments(args) ?? encodePlainArguments(args));
    for (const code of encoded.codes) this.host.addCode(code);
    return {
      kind: 'invoke',
      object: this.name,
      code: this.code,
      state: this.state,
      method,
      args: encoded.args,
      argCodes: encoded.codes.map(({ hash }) => hash),
      timeLimitMs: this.timeLimitMs,
    };
  }

  /** The outcome as it is; a new state is kept. */
  async invoke(method: string, args: readonly unknown[] = []): Promise<UserOutcome> {
    const outcome = await this.host.run(await this.taskOf(method, args));
    if (outcome.kind === 'done' && outcome.state !== undefined) this.state = outcome.state;
    return outcome;
  }

  /** What the method gives; throws what it throws. */
  async call<
    K extends string & keyof T,
    R = T[K] extends (...args: never[]) => infer V ? Awaited<V> : unknown,
  >(method: K, ...args: readonly unknown[]): Promise<R> {
    const [result] = done(await this.invoke(method, args), this.shipped).results;
    return decoded(result, this.shipped) as R;
  }
}

/** What came back, decoded where it came as bytes. */
export function decoded(result: UserResult, shipped?: Pick<ShippedCode, 'functions'>): unknown {
  if (!(result instanceof Uint8Array)) return result;
  return decode(result, shipped && { functions: shipped.functions });
}

/** Applies a shipped function to arguments without functions in them. */
export async function apply(host: UserHost, fn: Function, args: readonly unknown[] = []): Promise<unknown> {
  const shipped = await ship(host, fn);
  const calls = [args.map((arg) => encode(arg).toBytes())];
  const outcome = await host.run({ kind: 'each', code: shipped.ref, calls });
  return decoded(done(outcome, shipped).results[0], shipped);
}
