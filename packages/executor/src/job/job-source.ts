/** Inputs that come from the calls of another job. */
import { ExecutorError } from '../errors.ts';
import { type Call, callDependency, listDependency, PendingInput } from './dependency.ts';
import type { InputSource, Next } from './input-source.ts';
import type { JobCore } from './job-core.ts';

/** One input a call of the job: its outcome, whenever it comes. */
export class JobSource implements InputSource {
  readonly #core: JobCore;
  readonly #stopWatching: () => void;
  #at = 0;

  constructor(core: JobCore, onReady: () => void) {
    this.#core = core;
    core.markFeeding();
    this.#stopWatching = core.watch(onReady);
  }

  get length(): number | undefined {
    return this.#core.length;
  }

  next(): Next {
    const core = this.#core;
    const index = this.#at;
    if (index < (core.length ?? core.table.size)) {
      this.#at++;
      return { kind: 'item', item: new PendingInput(() => callDependency(core, index)) };
    }
    if (core.broken !== undefined) throw core.broken.error;
    return core.length === undefined ? { kind: 'pending' } : { kind: 'end' };
  }

  close(): void {
    this.#stopWatching();
  }
}

/** By which results go to the same reducer. */
export type GroupOf = (item: unknown) => unknown;

/** Inputs that pass, and tell on their way to which group each belongs. */
export class GroupingSource implements InputSource {
  readonly #source: InputSource;
  readonly #groupOf: GroupOf;
  /** Told of each input's group and position. */
  readonly #tell: (group: unknown, index: number) => void;
  #read = 0;

  constructor(source: InputSource, groupOf: GroupOf, tell: (group: unknown, index: number) => void) {
    this.#source = source;
    this.#groupOf = groupOf;
    this.#tell = tell;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  next(): Next {
    const next = this.#source.next();
    if (next.kind === 'item') this.#tell(this.#groupOf(next.item), this.#read++);
    return next;
  }

  close(): void {
    this.#source.close();
  }
}

/** Which results each reducer gets. */
export interface ReduceLists {
  /** The jobs whose results they are: their inputs have to be read to the end. */
  readonly cores: readonly [map: JobCore, ...others: JobCore[]];
  /** Each in input order. Asked for once, when all inputs have been read. */
  lists(): readonly (readonly Call[])[];
}

/** One input a reducer: the list of its results. */
export class GroupSource implements InputSource {
  readonly #of: ReduceLists;
  readonly #stopWatching: readonly (() => void)[];
  #lists: readonly (readonly Call[])[] | undefined;
  #at = 0;

  constructor(of: ReduceLists, onReady: () => void) {
    this.#of = of;
    for (const core of of.cores) core.markFeeding();
    this.#stopWatching = of.cores.map((core) => core.watch(onReady));
  }

  get length(): number | undefined {
    return this.#lists?.length;
  }

  next(): Next {
    const { cores } = this.#of;
    const [map] = cores;
    if (map.stream) throw new ExecutorError('invalid-argument', 'a stream cannot be reduced: it has no end');
    for (const { broken } of cores) if (broken !== undefined) throw broken.error;
    const read = cores.every(({ inputEnded }) => inputEnded);
    // The first failure is the reduction's: nothing more has to be known. Of a map that was cancelled, nothing more can be.
    if (map.firstFailure !== undefined && (!read || map.cancelled)) throw map.table.value(map.firstFailure);
    if (!read) return { kind: 'pending' };
    this.#lists ??= this.#of.lists();
    const list = this.#lists[this.#at++];
    if (list === undefined) return { kind: 'end' };
    return { kind: 'item', item: new PendingInput(() => listDependency(list)) };
  }

  close(): void {
    for (const stop of this.#stopWatching) stop();
  }
}
