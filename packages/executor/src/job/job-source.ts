/** Inputs that come from the calls of another job. */
import { ExecutorError } from '../errors.ts';
import { callDependency, listDependency, PendingInput } from './dependency.ts';
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
  readonly groups: Map<unknown, number[]> = new Map();
  #read = 0;

  constructor(source: InputSource, groupOf: GroupOf) {
    this.#source = source;
    this.#groupOf = groupOf;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  next(): Next {
    const next = this.#source.next();
    if (next.kind !== 'item') return next;
    const group = this.#groupOf(next.item);
    const members = this.groups.get(group);
    if (members === undefined) this.groups.set(group, [this.#read]);
    else members.push(this.#read);
    this.#read++;
    return next;
  }

  close(): void {
    this.#source.close();
  }
}

/** One input a group of a map's calls: the list of their results, in input order. Groups come in order of appearance. */
export class GroupSource implements InputSource {
  readonly #core: JobCore;
  readonly #groups: () => Iterable<readonly number[]>;
  readonly #stopWatching: () => void;
  #lists: (readonly number[])[] | undefined;
  #at = 0;

  /** @param groups asked when all inputs of the map have been read */
  constructor(core: JobCore, groups: () => Iterable<readonly number[]>, onReady: () => void) {
    this.#core = core;
    this.#groups = groups;
    core.markFeeding();
    this.#stopWatching = core.watch(onReady);
  }

  get length(): number | undefined {
    return this.#lists?.length;
  }

  next(): Next {
    const core = this.#core;
    if (core.broken !== undefined) throw core.broken.error;
    if (core.stream) throw new ExecutorError('invalid-argument', 'a stream cannot be reduced: it has no end');
    if (!core.inputEnded) {
      // The first failure is the reduction's: nothing more has to be known.
      if (core.firstFailure !== undefined) throw core.table.value(core.firstFailure);
      return { kind: 'pending' };
    }
    this.#lists ??= [...this.#groups()];
    const list = this.#lists[this.#at++];
    if (list === undefined) return { kind: 'end' };
    return { kind: 'item', item: new PendingInput(() => listDependency(core, list)) };
  }

  close(): void {
    this.#stopWatching();
  }
}
