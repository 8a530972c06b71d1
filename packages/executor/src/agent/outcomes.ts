/** Gathers how the calls of one batch ended, and packs it for whoever reads it. */
import { type Encoded, encode, type FunctionEncoder, type NamedMetrics } from '@skein/codec';
import { packEach, packPrimitives } from '../wire/chunk.ts';
import { type OutcomesMessage, packOutcomes, type Resources, unpackOutcomes } from '../wire/messages.ts';
import type { Place } from '../wire/payload.ts';
import { NoticingEncoder } from './noticing-encoder.ts';

/** Stores the result of a call that is too large to ride with its status. */
export type StoreResult = (index: number, encoded: Encoded) => Promise<Place>;

export interface OutcomesOptions {
  readonly job: number;
  /** Asked when they are needed: a job that could not be loaded has none. */
  readonly functions: () => FunctionEncoder | undefined;
  readonly inlineBytes: number;
  readonly checksum: 'all' | 'head';
  readonly store: StoreResult;
  /** What a call has printed, where nobody was told of it as it came. */
  readonly logs: ((index: number) => string | undefined) | undefined;
}

interface Large {
  readonly position: number;
  /** Holds nothing of the job's code, and no handles, whose classes the job's code brings. */
  readonly plain: boolean;
}

/** The outcomes of calls that have ended and are not reported yet. */
export class Outcomes {
  readonly #options: OutcomesOptions;
  #indexes: number[] = [];
  #values: unknown[] = [];
  #succeeded: number[] = [];
  #times: number[] = [];

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  /** Of the calls gathered, in the order in which they ran. */
  get indexes(): readonly number[] {
    return this.#indexes;
  }

  add(index: number, succeeded: boolean, value: unknown, start: number, end: number): void {
    this.#indexes.push(index);
    this.#values.push(value);
    this.#succeeded.push(succeeded ? 1 : 0);
    this.#times.push(start, end);
  }

  /** Takes everything gathered as one packed message; a promise only when a result has to be stored first. */
  take(resources: Resources, metrics: NamedMetrics | undefined): Uint8Array[] | Promise<Uint8Array[]> {
    const values = this.#values;
    const message = {
      job: this.#options.job,
      indexes: this.#indexes,
      succeeded: Uint8Array.from(this.#succeeded),
      times: Float64Array.from(this.#times),
      resources,
      logs: this.#logs(),
      metrics,
    };
    this.#indexes = [];
    this.#values = [];
    this.#succeeded = [];
    this.#times = [];
    const primitives = packPrimitives(values);
    if (primitives !== undefined && byteLength(primitives) <= this.#options.inlineBytes)
      return packOutcomes({ ...message, places: undefined, block: primitives });
    return this.#takeEach(message, values);
  }

  #logs(): Record<number, string> | undefined {
    const { logs } = this.#options;
    if (logs === undefined) return undefined;
    const entries = this.#indexes.flatMap((index, i) => {
      const text = logs(index);
      return text === undefined ? [] : [[i, text] as const];
    });
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  }

  #takeEach(
    message: Omit<OutcomesMessage, 'places' | 'block'>,
    values: readonly unknown[],
  ): Uint8Array[] | Promise<Uint8Array[]> {
    const encoded: Encoded[] = [];
    const large: Large[] = [];
    values.forEach((value, i) => {
      const functions = new NoticingEncoder(this.#options.functions());
      const one = this.#encode(value, message.succeeded, i, functions);
      encoded.push(one);
      if (one.byteLength > this.#options.inlineBytes)
        large.push({ position: i, plain: !functions.used && one.modules.length === 0 });
    });
    if (large.length === 0) return packOutcomes({ ...message, places: undefined, block: packEach(encoded) });
    return this.#storeLarge(message, encoded, large);
  }

  async #storeLarge(
    message: Omit<OutcomesMessage, 'places' | 'block'>,
    encoded: Encoded[],
    large: readonly Large[],
  ): Promise<Uint8Array[]> {
    const places: Record<number, Place> = {};
    for (const { position: i, plain } of large) {
      try {
        const place = await this.#options.store(message.indexes[i]!, encoded[i]!);
        places[i] = place.kind === 'object' ? { ...place, plain } : place;
        encoded[i] = nothing;
      } catch (error) {
        // The call ran, but its result is nowhere: that is a failure, with the storage's own reason.
        message.succeeded[i] = 0;
        encoded[i] = encodeError(error, this.#options.functions());
      }
    }
    return packOutcomes({ ...message, places, block: packEach(encoded) });
  }

  /** A value that cannot travel turns its call into a failure that says so. */
  #encode(value: unknown, succeeded: Uint8Array, i: number, functions: FunctionEncoder): Encoded {
    if (succeeded[i] === 0) return encodeError(value, functions);
    try {
      return encode(value, { functions, root: 'result', checksum: this.#options.checksum });
    } catch (error) {
      succeeded[i] = 0;
      return encodeError(error, functions);
    }
  }
}

/** The same calls, failed with what kept their outcomes from being told. */
export function packFailure(packed: readonly Uint8Array[], error: Error): Uint8Array[] {
  const { logs: _logs, ...message } = unpackOutcomes(Buffer.concat(packed));
  const { indexes } = message;
  const encoded = encodeError(error, undefined);
  const succeeded = new Uint8Array(indexes.length);
  return packOutcomes({
    ...message,
    succeeded,
    logs: undefined,
    places: undefined,
    block: packEach(indexes.map(() => encoded)),
  });
}

const nothing = encode(undefined);

/** What was thrown, always: fields that cannot travel are left out. A thrown thing that cannot travel at all says so. */
export function encodeError(error: unknown, functions: FunctionEncoder | undefined): Encoded {
  const options = { ...(functions && { functions }), root: 'error', dropped: () => {} };
  try {
    return encode(error, options);
  } catch (refusal) {
    return encode(refusal, options);
  }
}

function byteLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}
