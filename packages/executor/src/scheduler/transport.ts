/** How the calls of one job travel: what the scheduler asks of whoever captured its function. */
import type { Encoded, FunctionDecoder } from '@skein/codec';
import type { ResponseFuture } from '../job/response-future.ts';
import type { CodePlace, FutureOutcome, JobDescription, Place } from '../wire/payload.ts';

/** An argument and the bundles of the functions in it that workers do not have with the job's own code. */
export interface EncodedArgument {
  readonly encoded: Encoded;
  /** Ships them. `undefined` when there are none, which is nearly always. */
  readonly codes: () => Promise<readonly CodePlace[]> | undefined;
  /** Futures in it, whose outcomes have to go with it. */
  readonly futures: readonly ResponseFuture<unknown>[];
  /** Decodes the call's result: it may hold functions that came with the argument. */
  readonly functions: FunctionDecoder;
}

export interface JobTransport {
  readonly description: JobDescription;
  /** Encodes an argument for workers that have the job's function. */
  encodeArgument(item: unknown): EncodedArgument;
  /** Encodes the outcomes of futures, which have ended. */
  encodeFutures(futures: readonly ResponseFuture<unknown>[]): Promise<readonly FutureOutcome[]>;
  /** @param functions of the call's own argument, where it brought some */
  decodeResult(bytes: Uint8Array, functions: FunctionDecoder | undefined): unknown;
  /** Puts remote positions back on the user's lines. */
  mapError(error: unknown): unknown;
  storeArguments(first: number, block: readonly Uint8Array[]): Promise<Place>;
  /** @param keep others will read it too; else the object is removed */
  readResult(place: Place, keep: boolean): Promise<Uint8Array>;
}
