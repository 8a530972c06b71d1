/**
 * What a client tells an agent, as JSON: where the code, the arguments and the results are. It is the same
 * whether the agent is fed through a channel or knows nothing but this payload and the storage.
 *
 * A payload never carries a secret: storage is described by its configuration without credentials, which
 * the agent's own environment supplies.
 */

import type { CodeFile, External } from '@skein/closure';
import type { OutputTerms } from '../logs/output-terms.ts';
import type { Role } from './role.ts';

/** Bumped when an older agent could not understand a newer client, or the reverse. */
export const PROTOCOL_VERSION = 2;

/** Where a piece of data is: within the message, or an object of the job's bucket. */
export type Place =
  | { readonly kind: 'inline'; readonly base64: string }
  | {
      readonly kind: 'object';
      readonly key: string;
      readonly range?: readonly [start: number, end: number];
      /** It holds no function or class of its job's code: other jobs can decode it too. */
      readonly plain?: boolean;
    };

/** An argument, or members of a list that is one, that another call has left in storage. */
export type Reference =
  | { readonly whole: Place }
  | { readonly members: readonly (readonly [position: number, place: Place])[] };

/** A bundle of code: stored once under its hash, checked by whoever loads it. */
export interface CodePlace {
  readonly hash: string;
  readonly key: string;
  /** Modules that are not in the bundle, as the client's resolver found them; empty where it found none. */
  readonly externals: readonly External[];
  /** Folder of the code on the client, by which `import.meta.url` reads as at home where paths exist. */
  readonly base: string | undefined;
  /** Files that the code reads beside itself: each is an object, stored once under its hash. */
  readonly files: readonly (CodeFile & { readonly key: string })[];
}

/** A name that was given to a job. */
export interface JobTitle {
  readonly name: string;
  /** The job is one call, which has its name. */
  readonly single: boolean;
}

/** A job as an agent needs to know it: one function, described once, called many times. */
export interface JobDescription {
  readonly job: number;
  /** For messages and storage keys, e.g. `M000`. */
  readonly jobId: string;
  readonly executorId: string;
  /** What the user has said it is called. */
  readonly title: JobTitle | undefined;
  /** Its agent says at once that a call begins: it has no other, and somebody may wait for that. */
  readonly isolated: boolean;
  /** Everything of its executor lies under this prefix. */
  readonly prefix: string;
  readonly code: CodePlace;
  /** The captured function: decodes to it with the loaded code. */
  readonly values: Place;
  /** The arguments that every call gets after its item: decodes to an array. */
  readonly extraArguments: EncodedPlace | undefined;
  /** Members of every call's context: decodes to an object. */
  readonly context: EncodedPlace | undefined;
  /**
   * Parameters that the function declares, not counting the values of a key; `undefined` of a native one, where nobody
   * can see.
   */
  readonly parameters: number | undefined;
  /** Each item is the list of the function's arguments. */
  readonly spread: boolean;
  /** What the function is asked for, where that is not the result for an argument. */
  readonly role: Role | undefined;
  /** How long one attempt may run, milliseconds. */
  readonly timeoutMs: number | undefined;
  /** What the process may hold, bytes. */
  readonly memory: number | undefined;
  /** Outcomes of futures that the function or its extra arguments hold. */
  readonly futures: readonly FutureOutcome[];
  /** Environment variables of its calls. Never part of what is stored. */
  readonly env: Readonly<Record<string, string>> | undefined;
}

/** An encoded value and the bundles of the functions in it, beyond those of the job's own code. */
export interface EncodedPlace {
  readonly place: Place;
  readonly codes: readonly CodePlace[];
}

/** What became of a future that is part of a message. */
export interface FutureOutcome {
  /** The call's. */
  readonly name: string;
  readonly state: number;
  /** The result, or the error. */
  readonly value: EncodedPlace;
}

/** The calls of a payload that carries its work with it. */
export interface WorkDescription {
  readonly indexes: readonly number[];
  readonly attempt: number;
  readonly codes: Readonly<Record<number, readonly CodePlace[]>> | undefined;
  readonly refs: Readonly<Record<number, Reference>> | undefined;
  readonly futures: readonly FutureOutcome[] | undefined;
  /** The arguments, see chunk.ts. */
  readonly block: Place;
}

export interface AgentPayload {
  readonly version: number;
  readonly executorId: string;
  readonly workerId: string;
  /** The storage as an encoded handle, base64. */
  readonly storage: string;
  readonly bucket: string;
  /** Everything of this executor lies under this prefix. */
  readonly prefix: string;
  /** The storage is the user's own: it outlives the executor. */
  readonly lasting: boolean;
  /** Of the executor, for executors within its calls. */
  readonly backend: string;
  readonly workers: number;
  readonly reach: 'host' | 'network';
  /** `null`: for ever, as JSON has it. */
  readonly leaseMs: number | null;
  /** What this worker is to hold at most, bytes; calls of another limit go to other workers. */
  readonly memory: number | undefined;
  /** Conditions of `exports` maps under which the client runs: what calls bundle takes the same files of packages. */
  readonly conditions: readonly string[];
  /** A folder of this executor's own for code modules; a fresh one of the agent's where it is absent. */
  readonly scratch: string | undefined;
  /** A worker that has run nothing before is asked for; only who lends workers has others. */
  readonly fresh: boolean;
  /** What becomes of what calls print. */
  readonly output: OutputTerms;
  /** Results up to this many bytes ride with their status; larger ones become objects. */
  readonly inlineResultBytes: number;
  /** Whether the large binary parts of results get checksums: see `EncodeOptions` of the codec. */
  readonly checksum: 'all' | 'head';
  /** Absent when jobs and calls come through the channel. */
  readonly work?: { readonly job: JobDescription; readonly calls: WorkDescription };
}

/** By which an agent without a channel leaves when it could not store an outcome: sysexits.h has it for errors of I/O. */
export const UNTOLD_EXIT_CODE = 74;

/** Storage keys of an executor, in one place: who writes, reads or cleans them agrees by this. */
export const keys = {
  code: (prefix: string, hash: string): string => `${prefix}/code/${hash}.mjs`,
  file: (prefix: string, hash: string): string => `${prefix}/code/files/${hash}`,
  values: (prefix: string, jobId: string): string => `${prefix}/${jobId}/values`,
  extraArguments: (prefix: string, jobId: string): string => `${prefix}/${jobId}/extra`,
  context: (prefix: string, jobId: string): string => `${prefix}/${jobId}/context`,
  combine: (prefix: string, jobId: string): string => `${prefix}/${jobId}/combine`,
  future: (prefix: string, jobId: string, name: string): string => `${prefix}/${jobId}/future/${name}`,
  arguments: (prefix: string, jobId: string, first: number): string => `${prefix}/${jobId}/args/${first}`,
  statuses: (prefix: string, jobId: string): string => `${prefix}/${jobId}/status/`,
  status: (prefix: string, jobId: string, callId: string, attempt: number): string =>
    `${prefix}/${jobId}/status/${callId}.${attempt}`,
  lease: (prefix: string, workerId: string): string => `${prefix}/lease/${workerId}`,
  result: (prefix: string, jobId: string, callId: string, attempt: number): string =>
    `${prefix}/${jobId}/result/${callId}.${attempt}`,
  /** Of the job that reads them: they stay until it ends, whatever becomes of those that have stored them. */
  runs: (prefix: string, jobId: string): string => `${prefix}/${jobId}/runs`,
} as const;

/** `00003`: five digits, more when needed, so that names sort as their numbers do up to 100,000 calls. */
export const callIdOf = (index: number): string => String(index).padStart(5, '0');

/** What lines and errors call a call of a job that was given a name. */
export const titleOfCall = ({ name, single }: JobTitle, index: number): string =>
  single ? name : `${name}-${callIdOf(index)}`;
