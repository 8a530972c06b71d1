/** What the host and a thread say to each other. One task at a time, so that nothing needs a number. */
import type { CodeRef, CodeText } from './code.ts';
import type { ConstructTask, EachTask, FoldTask, InvokeTask, UserOutcome } from './task.ts';

/** What a thread is started with. */
export interface ThreadData {
  /** URLs of modules whose exported classes and functions tasks name. */
  readonly modules: readonly string[];
  /** Where the text of code is put, to be imported; shared by the threads of a host. */
  readonly directory: string;
  /** No state and no result may be larger. */
  readonly maxBytes: number;
}

/** Where the thread keeps a state, so that it need not be sent again. */
export interface Keeping {
  /** Names the bytes that a task starts from; given once by the host, never for other bytes. */
  readonly key: number;
  /** Names the bytes that it may end with. */
  readonly next: number;
}

/** An invocation whose state, and code with it, is left out when the thread should have it. */
export type ThreadInvoke = Omit<InvokeTask, 'state' | 'code'> &
  Keeping & { readonly state: Uint8Array | undefined; readonly code: CodeRef | undefined };

export type ThreadTask = (ConstructTask & Pick<Keeping, 'next'>) | ThreadInvoke | EachTask | FoldTask;

export type ToThread =
  | {
      readonly kind: 'run';
      readonly label: string;
      readonly task: ThreadTask;
      /** Texts that this thread did not get before. */
      readonly codes: readonly CodeText[];
    }
  | { readonly kind: 'forget'; readonly object: string };

export type FromThread =
  /** Code of the modules is there; `classes` are what they export. */
  | { readonly kind: 'ready'; readonly classes: readonly string[] }
  /** Code was loaded, for the first time here: the limit counts from now. */
  | { readonly kind: 'loaded' }
  /** The state was dropped meanwhile: send it again, with the code. */
  | { readonly kind: 'need-state' }
  /** The thread ends, and why. */
  | { readonly kind: 'last-words'; readonly reason: string }
  | { readonly kind: 'outcome'; readonly outcome: UserOutcome };

/** From this size on bytes change hands or are shared; smaller ones are copied, which costs less. */
export const LARGE_BYTES: number = 16_384;
