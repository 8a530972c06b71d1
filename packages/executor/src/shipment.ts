/** How the calls of one job travel: its function captured at the call, its code bundled and stored in the background. */
import { type CapturedCode, type CapturedFunction, capture, mapStack } from '@skein/closure';
import { decode, type Encoded } from '@skein/codec';
import { type Engine, INLINE_BYTES } from './engine.ts';
import { CallState } from './job/call-table.ts';
import { meetFutures, type ResponseFuture } from './job/response-future.ts';
import type { ResolvedLimits } from './options.ts';
import type { JobTransport } from './scheduler/transport.ts';
import { describeRole, type JobRole } from './shuffle/shuffle.ts';
import { withCredentials } from './wire/credentials.ts';
import {
  type CodePlace,
  type EncodedPlace,
  type FutureOutcome,
  type JobTitle,
  keys,
  type Place,
} from './wire/payload.ts';

type AnyFunction = (...args: never[]) => unknown;

export interface ShipmentOptions {
  readonly extraArgs: readonly unknown[];
  /** Packages that are not bundled. */
  readonly external: readonly string[] | undefined;
  /** Files that travel with the code of the function. */
  readonly include: readonly string[] | undefined;
  /** Items are lists of arguments. */
  readonly spread: boolean;
  readonly title: JobTitle | undefined;
  readonly isolated: boolean;
  readonly role: JobRole | undefined;
  /** Members of every call's `ctx`. */
  readonly context: object | undefined;
}

export class Shipment {
  readonly #fn: AnyFunction;
  readonly #external: readonly string[] | undefined;
  readonly #include: readonly string[] | undefined;
  readonly #spread: boolean;
  readonly #title: JobTitle | undefined;
  readonly #isolated: boolean;
  readonly #role: JobRole | undefined;
  /** An array of the function that combines values of a shuffle. */
  readonly #combine: ReturnType<CapturedFunction['encodeArguments']> | undefined;
  readonly #captured: CapturedFunction<AnyFunction>;
  readonly #context: ReturnType<CapturedFunction['encodeArguments']> | undefined;
  /** That the function or its extra arguments hold. */
  readonly #futures: readonly ResponseFuture<unknown>[];
  readonly #extra: ReturnType<CapturedFunction['encodeArguments']> | undefined;

  /** Captures: everything that cannot travel throws here, at the user's line. */
  constructor(fn: AnyFunction, options: ShipmentOptions) {
    const { extraArgs, external, include, spread, title, isolated, role, context } = options;
    this.#fn = fn;
    this.#external = external;
    this.#include = include;
    this.#spread = spread;
    this.#title = title;
    this.#isolated = isolated;
    this.#role = role;
    const combine = role === undefined || role.kind === 'fold' ? undefined : role.shuffle.combine;
    const { encoded, futures } = meetFutures(() => {
      const captured = capture(fn, { reach: 'host' });
      return {
        captured,
        extra: extraArgs.length > 0 ? captured.encodeArguments(extraArgs, 'extraArgs') : undefined,
        context: context && captured.encodeArguments(context, 'context'),
        combine: combine && captured.encodeArguments([combine], 'combine'),
      };
    });
    this.#captured = encoded.captured;
    this.#extra = encoded.extra;
    this.#context = encoded.context;
    this.#combine = encoded.combine;
    this.#futures = futures;
  }

  /** Bundles and stores. */
  async transport(engine: Engine, job: number, jobId: string, limits: ResolvedLimits): Promise<JobTransport> {
    const { prefix, codes } = engine;
    const ship = (code: CapturedCode): Promise<CodePlace> => codes.ship(code, { external: this.#external });
    const put = async (key: string, bytes: Uint8Array): Promise<Place> => {
      await engine.put(key, bytes);
      return { kind: 'object', key };
    };
    const place = (key: string, encoded: Encoded): Place | Promise<Place> =>
      encoded.byteLength <= INLINE_BYTES
        ? { kind: 'inline', base64: Buffer.from(encoded.toBytes()).toString('base64') }
        : put(key, encoded.toBytes());

    const encodeFuture = async (future: ResponseFuture<unknown>): Promise<FutureOutcome> => {
      const name = String(future);
      const [outcome] = await Promise.allSettled([future.result()]);
      const value = outcome.status === 'fulfilled' ? outcome.value : outcome.reason;
      const { encoded, codes: own } = this.#captured.encodeArguments(value, 'future');
      return {
        name,
        state: future.success ? CallState.success : CallState.error,
        value: {
          place: await place(keys.future(prefix, jobId, name), encoded),
          codes: await Promise.all(own.map(ship)),
        },
      };
    };
    const encodeFutures = (futures: readonly ResponseFuture<unknown>[]): Promise<readonly FutureOutcome[]> =>
      Promise.all(futures.map(encodeFuture));

    const whole = async (
      key: string,
      argument: ReturnType<CapturedFunction['encodeArguments']> | undefined,
    ): Promise<EncodedPlace | undefined> =>
      argument && {
        place: await place(key, argument.encoded),
        codes: await Promise.all(argument.codes.map(ship)),
      };
    const [code, values, extraArguments, context, combine, futures] = await Promise.all([
      codes.ship(this.#captured.code, { external: this.#external, include: this.#include }),
      place(keys.values(prefix, jobId), this.#captured.values),
      whole(keys.extraArguments(prefix, jobId), this.#extra),
      whole(keys.context(prefix, jobId), this.#context),
      whole(keys.combine(prefix, jobId), this.#combine),
      encodeFutures(this.#futures),
    ]);
    return {
      description: {
        job,
        jobId,
        executorId: engine.executorId,
        title: this.#title,
        isolated: this.#isolated,
        prefix,
        code,
        values,
        extraArguments,
        context,
        parameters: declaredParameters(this.#fn, this.#role),
        spread: this.#spread,
        role: this.#role && describeRole(this.#role, { prefix, workers: engine.workers, limits, combine }),
        timeoutMs: limits.timeoutMs,
        memory: limits.runtimeMemory,
        futures,
        env: withCredentials(limits.extraEnv),
      },
      encodeArgument: (item) => {
        const { encoded: argument, futures: met } = meetFutures(() =>
          this.#captured.encodeArguments(item, 'item', { checksum: engine.checksum }),
        );
        const { encoded, codes: own, functions } = argument;
        return {
          encoded,
          functions,
          futures: met,
          codes: () => (own.length === 0 ? undefined : Promise.all(own.map(ship))),
        };
      },
      encodeFutures,
      decodeResult: (bytes, functions = this.#captured.functions) => decode(bytes, { functions }),
      mapError: (error) => mapError(error, (stack) => mapStack(stack, codes.bundles)),
      storeArguments: (first, block) => put(keys.arguments(prefix, jobId, first), Buffer.concat(block)),
      readResult: async (result, keep) => {
        if (result.kind === 'inline') return Buffer.from(result.base64, 'base64');
        const bytes = await engine.get(result.key);
        // Nobody will ask for it again: results do not pile up in storage while the executor lives.
        if (!keep) void engine.discard(result.key).catch(() => {});
        return bytes;
      },
    };
  }
}

function declaredParameters(fn: AnyFunction, role: JobRole | undefined): number | undefined {
  if (/\[native code\]\s*\}$/.test(Function.prototype.toString.call(fn))) return undefined;
  // What an agent turns one argument into: a key, and the values of each input.
  return role?.kind === 'merge' ? fn.length - role.inputs : fn.length;
}

/** Maps the stacks of an error, of its causes and of the errors it gathers. */
function mapError(error: unknown, map: (stack: string) => string, seen: Set<unknown> = new Set()): unknown {
  if (!(error instanceof Error) || seen.has(error)) return error;
  seen.add(error);
  if (typeof error.stack === 'string') {
    const stack = map(error.stack);
    if (stack !== error.stack)
      // One that is frozen keeps its own.
      Reflect.defineProperty(error, 'stack', {
        value: stack,
        writable: true,
        configurable: true,
        enumerable: false,
      });
  }
  mapError(error.cause, map, seen);
  if (error instanceof AggregateError) for (const one of error.errors) mapError(one, map, seen);
  return error;
}
