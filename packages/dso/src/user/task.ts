/** What is asked of user code, and what comes of it. */
import type { Scalar } from '../value/value.ts';
import type { CodeRef } from './code.ts';

interface TaskParts {
  readonly code: CodeRef;
  /** Hashes of the code of functions and classes within the arguments that `code` does not have; at most one. */
  readonly argCodes?: readonly string[] | undefined;
  /** @default the host's */
  readonly timeLimitMs?: number | undefined;
}

/** Makes an instance: `new Class(...args)`. */
export interface ConstructTask extends TaskParts {
  readonly kind: 'construct';
  /** Names the object, in messages and to `forget`. */
  readonly object: string;
  /** An array of arguments. */
  readonly args: Uint8Array;
}

/** Calls a method of an object. */
export interface InvokeTask extends TaskParts {
  readonly kind: 'invoke';
  readonly object: string;
  /**
   * The instance as the last outcome gave it. When it is that very `Uint8Array`, the thread that made it has it
   * already and it is not sent again; another one with the same bytes is as good, and costs its transport.
   */
  readonly state: Uint8Array;
  readonly method: string;
  /** An array of arguments. */
  readonly args: Uint8Array;
}

/**
 * Applies a function to several lists of arguments, one after another: all or nothing. It is one function: what the
 * first application assigns to its variables, the second sees.
 */
export interface EachTask extends TaskParts {
  readonly kind: 'each';
  /** Every argument encoded by itself. */
  readonly calls: readonly (readonly Uint8Array[])[];
}

/** Combines values from left to right: `fn(fn(a, b), c)`. One value is itself the result. */
export interface FoldTask extends TaskParts {
  readonly kind: 'fold';
  /** At least one. */
  readonly values: readonly Uint8Array[];
}

export type UserTask = ConstructTask | InvokeTask | EachTask | FoldTask;

/** What user code gives: scalars as they are, so that who compares and counts them need not decode; else bytes. */
export type UserResult = Scalar | Uint8Array;

/** Why a task failed without an error of the user's own. */
export type UserFailureCode =
  /** It ran too long; its thread was ended. */
  | 'time-limit'
  /** It ended its thread: `process.exit`, an exception that nobody awaited, a thread that would not start. */
  | 'crashed'
  /** Its thread had no memory left. */
  | 'out-of-memory'
  | 'no-such-method'
  /** Neither shipped nor preloaded, or shipped so long ago that it was dropped: ship it again. */
  | 'no-such-code'
  /** The code could not be loaded, is no class where one is needed, or does not fit the state or the arguments. */
  | 'code-error'
  /** The new state or the result holds something that cannot travel. */
  | 'unencodable'
  /** It called a method of another shared object. */
  | 'nested-call'
  /** The new state or the result is larger than allowed. */
  | 'too-large';

/** How a task ended. Unless it is `done`, the object is as it was before. */
export type UserOutcome =
  | {
      readonly kind: 'done';
      /**
       * The new state; undefined when it is byte for byte the old one, and for functions. A large one lies in shared
       * memory, which its thread reads: nobody may write to it.
       */
      readonly state: Uint8Array | undefined;
      /** What was returned: of `each` as many as calls, else one; `undefined` when a method returned its own object. */
      readonly results: readonly UserResult[];
      /** The method returned `this`: the caller has a handle of it, which is what it should get. */
      readonly self?: true;
    }
  | {
      readonly kind: 'threw';
      /** What was thrown. Of an error, fields that cannot travel are left out. */
      readonly error: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly code: UserFailureCode; readonly message: string };

/** The engine names objects by type and key, `class:Counter "visits"`; the class is said already. */
function keyOf(object: string): string {
  const [, quoted] = /^class:\S+ (".*")$/s.exec(object) ?? [];
  return quoted === undefined ? object : (JSON.parse(quoted) as string);
}

/** What a task runs, for messages: `Counter.add() of object 'visits'`. */
export function labelOf(task: UserTask): string {
  const { name } = task.code;
  const called = name === '' ? '(anonymous)' : name;
  switch (task.kind) {
    case 'construct':
      return `new ${called}() for object '${keyOf(task.object)}'`;
    case 'invoke':
      return `${called}.${task.method}() of object '${keyOf(task.object)}'`;
    case 'each':
      return `the function ${called}`;
    case 'fold':
      return `the combining function ${called}`;
  }
}
