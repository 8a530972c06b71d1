/**
 * What is kept of a job when it is over: one JSON document, a row a line, so that its head can be read without its rows
 * and its text can be made a slice at a time. It holds how calls went, never what they were given or gave.
 */
import type { NamedMetrics } from '@skein/codec';
import { type CallStateName, stateNames } from '../job/call-table.ts';
import type { JobCore } from '../job/job-core.ts';
import { attemptOf, logsOf } from '../logs/call-logs.ts';
import { type CallStats, callStats } from '../stats.ts';

/** An error as records hold it. Name and message are the user's own; fields of errors are values, and not kept. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** How one call went. */
export interface CallRecord {
  readonly index: number;
  readonly state: CallStateName;
  /** The attempt whose outcome it is, 1 for the first; 0 of a call that never began. */
  readonly attempt: number;
  readonly error?: RecordedError;
  /** Where the call has run to its end. */
  readonly stats?: CallStats;
  /** What it printed, where it printed something. */
  readonly logs?: string;
}

/** A record without its rows. */
export interface JobRecordHead {
  readonly version: 1;
  readonly executorId: string;
  readonly jobId: string;
  /** As the user calls it, else that of the function; `(anonymous)` where it has none. */
  readonly name: string;
  readonly backend: string;
  /** Seconds since the epoch. */
  readonly createdTstamp: number;
  readonly finishedTstamp: number;
  readonly calls: number;
  readonly failed: number;
  /** What was wrong with the job as a whole: its input, its code, its workers. */
  readonly broken?: { readonly name: string; readonly message: string };
  /** What handles, such as caches, have counted in the workers, where some have. */
  readonly metrics?: NamedMetrics;
}

export interface JobRecord extends JobRecordHead {
  /** One a call in input order. None of a stream, which keeps only what is in the head. */
  readonly rows: readonly CallRecord[];
}

/** Characters. */
const SLICE = 100_000;

/** Between head and rows. A line break cannot be within a JSON string, so it is nowhere else. */
const ROWS = ',"rows":[\n';

export function recordHead(job: JobCore, backend: string): JobRecordHead {
  return {
    version: 1,
    executorId: job.executorId,
    jobId: job.jobId,
    name: job.name,
    backend,
    createdTstamp: job.createdTstamp / 1000,
    finishedTstamp: (job.finishedTstamp ?? Date.now()) / 1000,
    calls: job.table.size,
    failed: job.table.failed,
    ...(job.broken !== undefined && { broken: namedError(job.broken.error) }),
    ...(!job.metrics.isEmpty && { metrics: job.metrics.all() }),
  };
}

/** The text of a record in slices of about a millisecond's work; each is made when it is asked for. */
export function* recordText(job: JobCore, backend: string): Generator<string> {
  const rows = job.stream ? 0 : job.table.size;
  let text = `${JSON.stringify(recordHead(job, backend)).slice(0, -1)}${ROWS}`;
  for (let index = 0; index < rows; index++) {
    text += `${JSON.stringify(rowOf(job, index))}${index < rows - 1 ? ',' : ''}\n`;
    if (text.length < SLICE) continue;
    yield text;
    text = '';
  }
  yield `${text}]}\n`;
}

function rowOf(job: JobCore, index: number): CallRecord {
  const state = stateNames[job.table.state(index)];
  const stats = callStats(job, index);
  const logs = logsOf(job, index);
  return {
    index,
    state,
    attempt: attemptOf(job, index),
    ...(state !== 'success' && { error: recordedError(job.table.value(index)) }),
    ...(stats !== undefined && { stats }),
    ...(logs !== '' && { logs }),
  };
}

/** The head of a text that begins as a record does; `undefined` when the text ends within the head or is none. */
export function parseHead(text: string): JobRecordHead | undefined {
  const end = text.indexOf(ROWS);
  if (end < 0) return undefined;
  const head = JSON.parse(`${text.slice(0, end)}}`) as JobRecordHead;
  return isHead(head) ? head : undefined;
}

/** @throws an error that says what the text is not. */
export function parseRecord(text: string): JobRecord {
  const record = JSON.parse(text) as JobRecord;
  if (!isHead(record) || !Array.isArray(record.rows))
    throw new TypeError(`it is no record of version 1${versionOf(record)}`);
  return record;
}

function isHead(head: unknown): boolean {
  if (typeof head !== 'object' || head === null) return false;
  const { version, executorId, jobId } = head as Partial<JobRecordHead>;
  return version === 1 && typeof executorId === 'string' && typeof jobId === 'string';
}

function versionOf(record: unknown): string {
  const version = (record as { version?: unknown } | null)?.version;
  return typeof version === 'number' ? ` but of version ${version}` : '';
}

/** What records and other tables call a function. */
export function nameOf(fn: object): string {
  const { name } = fn as { readonly name?: unknown }; // a class member `static name` can make it anything
  return typeof name === 'string' && name !== '' ? clip(name) : '(anonymous)';
}

/** Text of an error beyond this many characters is not worth a record's size. */
const MOST_TEXT = 16_384;

function recordedError(error: unknown): RecordedError {
  const named = namedError(error);
  const stack = read(error, 'stack');
  return stack === undefined ? named : { ...named, stack };
}

/** Anything can be thrown. What is no error is told by its kind, and by itself only where it is text or a number. */
function namedError(error: unknown): { name: string; message: string } {
  if (typeof error === 'object' && error !== null)
    return {
      name: read(error, 'name') ?? 'Error',
      message: read(error, 'message') ?? 'an object that is no error was thrown',
    };
  return { name: typeof error, message: clip(String(error)) };
}

/** Reading a field runs the user's code where the field is an accessor. */
function read(error: unknown, field: 'name' | 'message' | 'stack'): string | undefined {
  try {
    const value = (error as Record<string, unknown> | null)?.[field];
    return typeof value === 'string' ? clip(value) : undefined;
  } catch {
    return undefined;
  }
}

function clip(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}… (${text.length} characters)` : text;
}
