/**
 * The status of a call that an agent without a channel leaves in storage: JSON, so that whoever looks for a job whose
 * client is gone can read how its calls ended.
 */
import type { NamedMetrics } from '@skein/codec';
import { packPrimitives } from './chunk.ts';
import { type OutcomesMessage, unpackOutcomes } from './messages.ts';
import { callIdOf, type JobDescription, type Place } from './payload.ts';

export interface CallStatus {
  readonly version: 1;
  readonly executorId: string;
  readonly jobId: string;
  readonly callId: string;
  readonly attempt: number;
  readonly state: 'success' | 'error';
  /** Seconds since the epoch, by the worker's clock. */
  readonly startTstamp: number;
  readonly endTstamp: number;
  /** Seconds. */
  readonly cpuUserTime: number;
  readonly cpuSystemTime: number;
  /** Bytes. */
  readonly peakMemory: number;
  readonly logs?: string;
  /** What handles have counted in the process since the status before. */
  readonly metrics?: NamedMetrics;
  /** The result or the error, as the codec writes it: here, or an object of its own. */
  readonly value: { readonly base64: string } | { readonly place: Place };
}

/** @param packed the outcome of one call */
export function encodeStatus(
  packed: readonly Uint8Array[],
  { executorId, jobId }: JobDescription,
  attempt: number,
): Buffer {
  const { indexes, succeeded, times, resources, places, logs, metrics, block } = unpackOutcomes(
    Buffer.concat(packed),
  );
  const place = places?.[0];
  const log = logs?.[0];
  const status: CallStatus = {
    version: 1,
    executorId,
    jobId,
    callId: callIdOf(indexes[0]!),
    attempt,
    state: succeeded[0] === 1 ? 'success' : 'error',
    startTstamp: times[0]! / 1000,
    endTstamp: times[1]! / 1000,
    cpuUserTime: resources.cpuUser,
    cpuSystemTime: resources.cpuSystem,
    peakMemory: resources.peakMemory,
    ...(log !== undefined && { logs: log }),
    ...(metrics !== undefined && { metrics }),
    value: place === undefined ? { base64: Buffer.from(block[0]).toString('base64') } : { place },
  };
  return Buffer.from(`${JSON.stringify(status)}\n`);
}

export function decodeStatus(
  bytes: Uint8Array,
  job: number,
): OutcomesMessage & { readonly block: readonly [Uint8Array] } {
  const status = JSON.parse(Buffer.from(bytes).toString('utf8')) as CallStatus;
  const { state, startTstamp, endTstamp, cpuUserTime, cpuSystemTime, peakMemory, logs, value } = status;
  return {
    job,
    indexes: [Number(status.callId)],
    succeeded: Uint8Array.of(state === 'success' ? 1 : 0),
    times: Float64Array.of(startTstamp * 1000, endTstamp * 1000),
    resources: { cpuUser: cpuUserTime, cpuSystem: cpuSystemTime, peakMemory },
    logs: logs === undefined ? undefined : { 0: logs },
    metrics: status.metrics,
    places: 'place' in value ? { 0: value.place } : undefined,
    block: ['place' in value ? NOTHING : Buffer.from(value.base64, 'base64')],
  };
}

/** A block of one value that is elsewhere. */
const NOTHING = Buffer.concat(packPrimitives([undefined])!);
