/** A job as the agent holds it: its function, revived once and called many times. */

import { type LoadedCode, loadCode } from '@skein/closure/load';
import { type FunctionEncoder, prepare } from '@skein/codec';
import type { Storage } from '@skein/storage';
import type { CallState } from '../job/call-table.ts';
import { delivered } from '../job/delivered.ts';
import { patiently } from '../patience.ts';
import type { Combine } from '../shuffle/combine.ts';
import type {
  AgentPayload,
  CodePlace,
  EncodedPlace,
  FutureOutcome,
  JobDescription,
  Place,
} from '../wire/payload.ts';
import type { Role } from '../wire/role.ts';
import { inRole } from './in-role.ts';

export interface LoadedJob {
  readonly fn: (...args: unknown[]) => unknown;
  readonly extra: readonly unknown[];
  /** Members of every call's context. */
  readonly context: object | undefined;
  readonly functions: FunctionEncoder;
  /** Makes the outcomes known to which futures refer that come in a message. */
  deliver(futures: readonly FutureOutcome[]): Promise<void>;
  /** Decodes one argument with the functions of the job and, if it brings some, its own. */
  decodeArgument(bytes: Uint8Array, codes: readonly CodePlace[] | undefined): unknown | Promise<unknown>;
}

/** Reads what payloads point to, from the message itself or from storage. */
export class PlaceReader {
  readonly #payload: AgentPayload;
  readonly #storage: Storage;
  readonly #codes = new Map<string, Promise<LoadedCode>>();

  constructor(payload: AgentPayload, storage: Storage) {
    this.#payload = payload;
    this.#storage = storage;
  }

  async bytes(place: Place): Promise<Uint8Array> {
    if (place.kind === 'inline') return Buffer.from(place.base64, 'base64');
    const range = place.range && { start: place.range[0], end: place.range[1] };
    return this.#read(place.key, range);
  }

  #read(key: string, range?: { readonly start: number; readonly end: number }): Promise<Buffer> {
    const { bucket } = this.#payload;
    return patiently(() => this.#storage.getObject(bucket, key, range ? { range } : {}));
  }

  /** Loads a bundle once a process; its hash is checked before anything of it runs. */
  code(place: CodePlace): Promise<LoadedCode> {
    let loading = this.#codes.get(place.hash);
    if (loading === undefined) {
      loading = this.#loadCode(place);
      this.#codes.set(place.hash, loading);
      // A load that failed may succeed for the next job: the object may be there by then.
      loading.catch(() => this.#codes.delete(place.hash));
    }
    return loading;
  }

  async #loadCode(place: CodePlace): Promise<LoadedCode> {
    const { scratch } = this.#payload;
    const text = await this.#read(place.key);
    return loadCode(
      {
        hash: place.hash,
        code: Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8'),
        externals: place.externals,
        base: place.base,
        files: place.files.map((file) => ({
          ...file,
          read: () => this.#read(file.key),
        })),
      },
      scratch === undefined ? {} : { directory: scratch },
    );
  }

  async job(description: JobDescription): Promise<LoadedJob> {
    const [code, values] = await Promise.all([this.code(description.code), this.bytes(description.values)]);
    await prepare(values);
    const loaded = code.decode<(...args: unknown[]) => unknown>(values);
    const decodeWith = async (bytes: Uint8Array, places: readonly CodePlace[]): Promise<unknown> => {
      const codes = await Promise.all(places.map((place) => this.code(place)));
      await prepare(bytes);
      return loaded.decode(bytes, { codes });
    };
    const whole = async (encoded: EncodedPlace | undefined): Promise<unknown> =>
      encoded && decodeWith(await this.bytes(encoded.place), encoded.codes);
    const deliver = async (futures: readonly FutureOutcome[]): Promise<void> => {
      for (const { name, state, value } of futures) {
        delivered().set(name, { state: state as CallState, value: await whole(value) });
      }
    };
    const { extraArguments, context, futures, role } = description;
    await deliver(futures);
    return {
      deliver,
      fn: role === undefined ? loaded.value : await this.#inRole(loaded.value, role, whole),
      extra: ((await whole(extraArguments)) ?? []) as unknown[],
      context: (await whole(context)) as object | undefined,
      functions: loaded.functions,
      decodeArgument: (bytes, codes) =>
        codes === undefined ? loaded.decode(bytes) : decodeWith(bytes, codes),
    };
  }

  async #inRole(
    fn: LoadedJob['fn'],
    role: Role,
    whole: (encoded: EncodedPlace | undefined) => Promise<unknown>,
  ): Promise<LoadedJob['fn']> {
    const own = role.kind === 'fold' ? undefined : ((await whole(role.combine)) as [Combine] | undefined);
    return inRole(fn, { role, combine: own?.[0], storage: this.#storage, bucket: this.#payload.bucket });
  }
}
