/**
 * Whether a history is linearizable: whether every operation can be thought to have happened at one moment between its call
 * and its return, one after another, with the answers that clients got.
 *
 * - L1 `true` and `false` are proven; a search that ends early says `'unknown'`.
 * - L2 An operation whose outcome is unknown happened at any moment after its call, with any answer, or never.
 */
import { explain } from './explain.ts';
import type { History, Operation, ReturnedOperation } from './history.ts';
import type { Model } from './model.ts';
import { type Budget, search } from './search.ts';

export interface CheckOptions {
  /**
   * For the whole history.
   *
   * @default 60_000
   */
  readonly timeoutMs?: number;
  /**
   * Pairs of a set of operations and a state that are remembered for each part of the object; one takes about 100 bytes.
   * A `Set` holds no more than 2^24.
   *
   * @default 3_000_000
   */
  readonly maxStates?: number;
  /** @default performance.now */
  readonly now?: () => number;
}

export interface Linearizable<I, O> {
  readonly linearizable: true;
  /** For each part an order that explains it. Operations of unknown outcome that are not needed are not in it. */
  readonly orders: ReadonlyMap<string, History<I, O>>;
  /** What was tried: the cost of the check. */
  readonly states: number;
}

export interface NotLinearizable<I, O> {
  readonly linearizable: false;
  /** The part of the object that no order explains; `''` for a model without parts. */
  readonly part: string;
  /** The longest order that goes well. */
  readonly longest: History<I, O>;
  /** The operation that can be placed neither in that order nor after it. */
  readonly stuck: ReturnedOperation<I, O>;
  /** All of this for a reader. */
  readonly explanation: string;
  readonly states: number;
}

export interface Undecided {
  readonly linearizable: 'unknown';
  readonly reason: string;
  readonly states: number;
}

export type Verdict<I, O> = Linearizable<I, O> | NotLinearizable<I, O> | Undecided;

/** See the head of this file. The order of operations in `history` does not matter. */
export function check<S extends NonNullable<unknown>, I, O>(
  model: Model<S, I, O>,
  history: History<I, O>,
  options: CheckOptions = {},
): Verdict<I, O> {
  const { timeoutMs = 60_000, maxStates = 3_000_000, now = () => performance.now() } = options;
  const budget: Budget = { deadline: now() + timeoutMs, states: Math.min(maxStates, 2 ** 24 - 1), now };
  const orders = new Map<string, History<I, O>>();
  let states = 0;
  let undecided: string | undefined;
  for (const [part, operations] of parts(model, history)) {
    const found = search(model, operations, budget);
    states += found.states;
    switch (found.kind) {
      case 'order':
        orders.set(part, found.order);
        break;
      case 'none': {
        const { longest, stuck } = found;
        const explanation = explain(model, part, operations, found);
        return { linearizable: false, part, longest, stuck, explanation, states };
      }
      case 'exhausted': {
        // Another part may still be proven wrong, which is worth knowing.
        const limit = found.limit === 'time' ? `${timeoutMs} ms` : `${maxStates} states`;
        const where = part === '' ? '' : ` of ${JSON.stringify(part)}`;
        undecided ??= `${operations.length} operations${where} were not decided within ${limit}`;
        break;
      }
    }
  }
  if (undecided !== undefined) return { linearizable: 'unknown', reason: undecided, states };
  return { linearizable: true, orders, states };
}

/** By part, the smallest first: a fault there is found at once, and easier to read. */
function parts<S extends NonNullable<unknown>, I, O>(
  model: Model<S, I, O>,
  history: History<I, O>,
): [string, History<I, O>][] {
  const groups = new Map<string, Operation<I, O>[]>();
  for (const operation of history) {
    const part = model.partition?.(operation.input) ?? '';
    const group = groups.get(part);
    if (group) group.push(operation);
    else groups.set(part, [operation]);
  }
  return [...groups].sort(([, one], [, other]) => one.length - other.length);
}
