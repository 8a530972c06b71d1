/**
 * Records what concurrent clients do. With a journal, what a process did is known even if it is killed: calls that it began
 * and did not see return are operations whose outcome is unknown.
 */
import { type History, type Json, monotonicClock, type Operation } from './history.ts';

/** What a rejection means: an answer like others, nothing done, or nobody knows. */
export type Meaning<O> =
  | { readonly kind: 'output'; readonly output: O }
  | { readonly kind: 'no-effect' }
  | { readonly kind: 'unknown' };

/** How a recorded call ended. It never rejects: a workload goes on after a failure. */
export type Recorded<O> =
  | { readonly kind: 'returned'; readonly output: O }
  | { readonly kind: 'no-effect' | 'unknown'; readonly error: unknown };

export interface RecorderOptions<I, O> {
  /**
   * What a rejection means. `no-effect` only if the operation can never take effect, not even later: it is left out of the
   * history. When in doubt `unknown` is right: it weakens the check, a wrong `no-effect` makes it lie.
   *
   * @default every rejection is `unknown`
   */
  readonly classify?: (error: unknown, input: I) => Meaning<O>;
  /** @default {@link monotonicClock} */
  readonly clock?: () => number;
  /**
   * Takes lines (with their end) as things happen, for {@link readJournal}; must have them written when it returns. A call's
   * line is written before the call is made.
   */
  readonly journal?: (line: string) => void;
}

type Line =
  | { readonly id: number; readonly client: string; readonly call: number; readonly input: Json }
  | { readonly id: number; readonly return: number; readonly output: Json }
  | { readonly id: number; readonly dropped: true };

/** See the head of this file. One recorder serves any number of concurrent clients of one process. */
export class Recorder<I extends Json, O extends Json> {
  readonly #operations = new Map<number, Operation<I, O>>();
  readonly #classify: (error: unknown, input: I) => Meaning<O>;
  readonly #clock: () => number;
  readonly #journal: (line: Line) => void;
  #ids = 0;

  constructor(options: RecorderOptions<I, O> = {}) {
    const { classify = () => ({ kind: 'unknown' }), clock = monotonicClock, journal } = options;
    this.#classify = classify;
    this.#clock = clock;
    this.#journal = journal ? (line) => journal(`${JSON.stringify(line)}\n`) : () => {};
  }

  /** Runs one operation of one client, and keeps when it was called, when it returned, and with what. */
  async record(client: string, input: I, run: () => Promise<O>): Promise<Recorded<O>> {
    const id = this.#ids++;
    const common = { client, call: this.#clock(), input };
    this.#operations.set(id, { ...common, return: undefined });
    this.#journal({ id, ...common });
    let meaning: Meaning<O>;
    let failure: unknown;
    try {
      meaning = { kind: 'output', output: await run() };
    } catch (error) {
      failure = error;
      meaning = this.#classify(error, input);
    }
    switch (meaning.kind) {
      case 'output': {
        const { output } = meaning;
        const returned = this.#clock();
        this.#operations.set(id, { ...common, return: returned, output });
        this.#journal({ id, return: returned, output });
        return { kind: 'returned', output };
      }
      case 'no-effect':
        this.#operations.delete(id);
        this.#journal({ id, dropped: true });
        return { kind: 'no-effect', error: failure };
      case 'unknown':
        return { kind: 'unknown', error: failure };
    }
  }

  /** What happened up to now, in the order of calls. Calls still open are of unknown outcome. */
  history(): History<I, O> {
    return [...this.#operations.values()];
  }
}

/**
 * The history in a journal. A last line without its end is left out: the process died while writing it. Was it a call, the
 * call had not been made; was it a return, the call counts as open.
 */
export function readJournal<I extends Json, O extends Json>(text: string): History<I, O> {
  const operations = new Map<number, Operation<I, O>>();
  for (const row of text.split('\n').slice(0, -1)) {
    const line = JSON.parse(row) as Line;
    if ('call' in line) {
      const { client, call, input } = line;
      operations.set(line.id, { client, call, input: input as I, return: undefined });
    } else if ('return' in line) {
      const begun = operations.get(line.id);
      if (!begun) throw new Error(`the journal has a return without its call: ${row}`);
      operations.set(line.id, { ...begun, return: line.return, output: line.output as O });
    } else {
      operations.delete(line.id);
    }
  }
  return [...operations.values()];
}
