/**
 * The two messages of the hot path, packed by hand: calls to an agent, outcomes from it. Both are
 * `6 × u32 header · JSON meta (only when there is something unusual to say) · columns · block of values`.
 */
import type { NamedMetrics } from '@skein/codec';
import type { CodePlace, FutureOutcome, Place, Reference } from './payload.ts';

/** Calls of one job, in the order in which they are to run. */
export interface CallsMessage {
  readonly job: number;
  /** Indexes of the calls; most often a run of neighbours. */
  readonly indexes: readonly number[];
  readonly attempt: number;
  /** Bundles of functions among the arguments, by the call's position in this message. */
  readonly codes: Readonly<Record<number, readonly CodePlace[]>> | undefined;
  /** Arguments that are in storage already, by the call's position in this message. */
  readonly refs: Readonly<Record<number, Reference>> | undefined;
  /** Outcomes of futures in the arguments. */
  readonly futures: readonly FutureOutcome[] | undefined;
  /** Where the block of arguments is when it is too large to ride along. */
  readonly place: Place | undefined;
  /** The arguments, see chunk.ts. */
  readonly block: readonly Uint8Array[];
}

/** How calls ended, in the order in which they ran: part of a message of calls or all of it. */
export interface OutcomesMessage {
  readonly job: number;
  readonly indexes: readonly number[];
  /** 1 where the call returned, 0 where it threw: then its value is the error. */
  readonly succeeded: Uint8Array;
  /** Start and end of each call, milliseconds since the epoch: `[start0, end0, start1, …]`. */
  readonly times: Float64Array;
  readonly resources: Resources;
  /** Large results by position: objects in storage instead of bytes in the block. */
  readonly places: Readonly<Record<number, Place>> | undefined;
  /** What calls printed, by position; only where there is no channel by which it came before. */
  readonly logs: Readonly<Record<number, string>> | undefined;
  /** What handles have counted in the process since the message before. */
  readonly metrics: NamedMetrics | undefined;
  readonly block: readonly Uint8Array[];
}

/** A call, as agents know it. */
export interface CallNumber {
  readonly job: number;
  readonly index: number;
}

/** Said by an agent whose process user code is about to end. */
export interface LastWords {
  /** `null` when it ends otherwise than by leaving. */
  readonly exitCode: number | null;
  readonly running: CallNumber | undefined;
  /** The call is ended because it ran too long or held too much; `memory` in bytes. */
  readonly overrun?: { readonly why: 'timeout' | 'out-of-memory'; readonly memory: number };
}

/** First words of an agent. */
export interface ReadyMessage {
  readonly pid: number;
  readonly node: string;
  /** What V8 may use for its heap, bytes. */
  readonly heapLimit: number;
}

/** What an agent without a channel says of itself in storage, as JSON. */
export interface Lease extends Alive {
  /** Goes up with every renewal: clocks of different machines are not compared. */
  readonly count: number;
  readonly leaving?: LastWords;
}

/** A sign of life while a call runs. */
export interface Alive {
  /** Bytes that the process holds. */
  readonly memory: number;
  /** The call that runs, where one does. */
  readonly running?: CallNumber | undefined;
}

/** What the process of the agent spent on the calls of one message. */
export interface Resources {
  /** Seconds. */
  readonly cpuUser: number;
  /** Seconds. */
  readonly cpuSystem: number;
  /** Bytes, the process's peak so far. */
  readonly peakMemory: number;
}

const HEADER_WORDS = 6;
const FIXED = 3 * 8; // Resources
const text = new TextEncoder();
const align = (n: number): number => (n + 7) & ~7;

interface Meta {
  indexes?: readonly number[];
  codes?: Readonly<Record<number, readonly CodePlace[]>>;
  refs?: Readonly<Record<number, Reference>>;
  futures?: readonly FutureOutcome[];
  place?: Place;
  places?: Readonly<Record<number, Place>>;
  logs?: Readonly<Record<number, string>>;
  metrics?: NamedMetrics;
}

export function packCalls(message: CallsMessage): Uint8Array[] {
  const meta: Meta = {};
  if (message.codes !== undefined) meta.codes = message.codes;
  if (message.refs !== undefined) meta.refs = message.refs;
  if (message.futures !== undefined) meta.futures = message.futures;
  if (message.place !== undefined) meta.place = message.place;
  return [packHead(message.job, message.indexes, message.attempt, meta, 0).head, ...message.block];
}

export function unpackCalls(body: Uint8Array): CallsMessage & { readonly block: readonly [Uint8Array] } {
  const { job, indexes, extra, meta, end } = unpackHead(body);
  return {
    job,
    indexes,
    attempt: extra,
    codes: meta.codes,
    refs: meta.refs,
    futures: meta.futures,
    place: meta.place,
    block: [body.subarray(end)],
  };
}

export function packOutcomes(message: OutcomesMessage): Uint8Array[] {
  const count = message.indexes.length;
  const columns = FIXED + count * 16 + align(count);
  const meta: Meta = {};
  if (message.places !== undefined) meta.places = message.places;
  if (message.logs !== undefined) meta.logs = message.logs;
  if (message.metrics !== undefined) meta.metrics = message.metrics;
  const { head, end } = packHead(message.job, message.indexes, 0, meta, columns);
  const view = new DataView(head.buffer, head.byteOffset);
  view.setFloat64(end, message.resources.cpuUser, true);
  view.setFloat64(end + 8, message.resources.cpuSystem, true);
  view.setFloat64(end + 16, message.resources.peakMemory, true);
  for (let i = 0; i < count * 2; i++) view.setFloat64(end + FIXED + i * 8, message.times[i]!, true);
  head.set(message.succeeded, end + FIXED + count * 16);
  return [head, ...message.block];
}

export function unpackOutcomes(
  body: Uint8Array,
): OutcomesMessage & { readonly block: readonly [Uint8Array] } {
  const { job, indexes, meta, end } = unpackHead(body);
  const count = indexes.length;
  const view = new DataView(body.buffer, body.byteOffset);
  const times = new Float64Array(count * 2);
  for (let i = 0; i < times.length; i++) times[i] = view.getFloat64(end + FIXED + i * 8, true);
  const flags = end + FIXED + count * 16;
  return {
    job,
    indexes,
    succeeded: body.slice(flags, flags + count),
    times,
    resources: {
      cpuUser: view.getFloat64(end, true),
      cpuSystem: view.getFloat64(end + 8, true),
      peakMemory: view.getFloat64(end + 16, true),
    },
    places: meta.places,
    logs: meta.logs,
    metrics: meta.metrics,
    block: [body.subarray(flags + align(count))],
  };
}

/** Neighbours are told by the first of them and their count; anything else goes into the meta. */
function packHead(job: number, indexes: readonly number[], extra: number, meta: Meta, columns: number) {
  const first = indexes[0] ?? 0;
  if (!isRun(indexes)) meta.indexes = indexes;
  const json = hasKeys(meta) ? text.encode(JSON.stringify(meta)) : undefined;
  const metaLength = json?.byteLength ?? 0;
  const end = HEADER_WORDS * 4 + align(metaLength);
  const head = new Uint8Array(end + columns);
  const view = new DataView(head.buffer);
  view.setUint32(0, job, true);
  view.setUint32(4, first, true);
  view.setUint32(8, indexes.length, true);
  view.setUint32(12, extra, true);
  view.setUint32(16, metaLength, true);
  if (json !== undefined) head.set(json, HEADER_WORDS * 4);
  return { head, end };
}

function unpackHead(body: Uint8Array) {
  const view = new DataView(body.buffer, body.byteOffset);
  const first = view.getUint32(4, true);
  const count = view.getUint32(8, true);
  const metaLength = view.getUint32(16, true);
  const start = HEADER_WORDS * 4;
  const meta: Meta =
    metaLength === 0
      ? {}
      : JSON.parse(Buffer.from(body.buffer, body.byteOffset + start, metaLength).toString('utf8'));
  const indexes = meta.indexes ?? runFrom(first, count);
  return {
    job: view.getUint32(0, true),
    indexes,
    extra: view.getUint32(12, true),
    meta,
    end: start + align(metaLength),
  };
}

function runFrom(first: number, count: number): number[] {
  const run = new Array<number>(count);
  for (let i = 0; i < count; i++) run[i] = first + i;
  return run;
}

function isRun(indexes: readonly number[]): boolean {
  for (let i = 1; i < indexes.length; i++) if (indexes[i] !== indexes[0]! + i) return false;
  return true;
}

function hasKeys(meta: Meta): boolean {
  for (const _ in meta) return true;
  return false;
}
