/** How the calls of one job travel: its function captured at the call, its code bundled and stored in the background. */

import { type CapturedFunction, capture, mapStack } from '@skein/closure';
import { decode, type Encoded } from '@skein/codec';
import type { Storage } from '@skein/storage';
import type { CodeStore } from './scheduler/code-store.ts';
import type { EncodedArgument, JobTransport } from './scheduler/scheduler.ts';
import { type EncodedPlace, keys, type Place } from './wire/payload.ts';

/** Code and values up to this many bytes ride in the messages that need them. */
export const INLINE_BYTES: number = 1024 * 1024;

type AnyFunction = (...args: never[]) => unknown;

export interface ShipmentOptions {
  readonly fn: AnyFunction;
  /** What the function is called in the paths of errors, e.g. 'map function'. */
  readonly extraArgs: readonly unknown[];
  readonly external: readonly string[] | undefined;
  readonly chunksize: number | undefined;
  readonly reach: 'host' | 'network';
  readonly codes: CodeStore;
  readonly storage: () => Promise<Storage>;
  readonly bucket: string;
  readonly prefix: string;
}

export class Shipment {
  readonly #options: ShipmentOptions;
  readonly #captured: CapturedFunction<AnyFunction>;
  readonly #extra: EncodedArgument | undefined;

  /** Captures: everything that cannot travel throws here, at the user's line. */
  constructor(options: ShipmentOptions) {
    this.#options = options;
    this.#captured = capture(options.fn, {
      reach: options.reach,
      ...(options.external !== undefined && { external: [...options.external] }),
    });
    this.#extra = options.extraArgs.length > 0 ? this.#encode(options.extraArgs, 'extraArgs') : undefined;
  }

  /** Bundles and stores. */
  async transport(job: number, jobId: string): Promise<JobTransport> {
    const { codes, prefix, fn, extraArgs, chunksize, external } = this.#options;
    const [code, values, extraArguments] = await Promise.all([
      codes.ship(this.#captured.code, external),
      this.#place(keys.values(prefix, jobId), this.#captured.values),
      this.#extra && this.#placeEncoded(keys.extraArguments(prefix, jobId), this.#extra),
    ]);
    return {
      chunksize,
      description: {
        job,
        jobId,
        code,
        values,
        extraArguments,
        passContext: declaresContext(fn, extraArgs.length),
      },
      encodeArgument: (item) => this.#encode(item, 'item'),
      decodeResult: (bytes, functions = this.#captured.functions) => decode(bytes, { functions }),
      mapError: (error) => mapError(error, (stack) => mapStack(stack, codes.bundles)),
      storeArguments: async (first, block) => {
        const key = keys.arguments(prefix, jobId, first);
        await this.#put(key, Buffer.concat(block));
        return { kind: 'object', key };
      },
      readResult: async (place) => {
        if (place.kind === 'inline') return Buffer.from(place.base64, 'base64');
        const storage = await this.#options.storage();
        const bytes = await storage.getObject(this.#options.bucket, place.key);
        // Read once, kept by nobody: results do not pile up in storage while the executor lives.
        void storage.deleteObject(this.#options.bucket, place.key).catch(() => {});
        return bytes;
      },
    };
  }

  #encode(value: unknown, root: string): EncodedArgument {
    const { encoded, codes, functions } = this.#captured.encodeArguments(value, root);
    const { external } = this.#options;
    return {
      encoded,
      functions,
      codes: () =>
        codes.length === 0
          ? undefined
          : Promise.all(codes.map((code) => this.#options.codes.ship(code, external))),
    };
  }

  async #placeEncoded(key: string, { encoded, codes }: EncodedArgument): Promise<EncodedPlace> {
    return { place: await this.#place(key, encoded), codes: (await codes()) ?? [] };
  }

  async #place(key: string, encoded: Encoded): Promise<Place> {
    if (encoded.byteLength <= INLINE_BYTES)
      return { kind: 'inline', base64: Buffer.from(encoded.toBytes()).toString('base64') };
    await this.#put(key, encoded.toBytes());
    return { kind: 'object', key };
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    const storage = await this.#options.storage();
    await storage.putObject(this.#options.bucket, key, bytes);
  }
}

/**
 * A function gets the context only when it declares one parameter more than it is given arguments: `Math.max`, or a
 * default second parameter, are not fed with it. What a native function declares, nobody can see.
 */
function declaresContext(fn: AnyFunction, extra: number): boolean {
  return fn.length === extra + 2 && !/\[native code\]\s*\}$/.test(Function.prototype.toString.call(fn));
}

/** Maps the stacks of an error, of its causes and of the errors it gathers. */
function mapError(error: unknown, map: (stack: string) => string, seen: Set<unknown> = new Set()): unknown {
  if (!(error instanceof Error) || seen.has(error)) return error;
  seen.add(error);
  if (typeof error.stack === 'string') {
    const stack = map(error.stack);
    if (stack !== error.stack)
      Object.defineProperty(error, 'stack', {
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
