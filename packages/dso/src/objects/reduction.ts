/** Combines numbers of many parties as they come in, in an order that does not depend on when they come. */

import type { Value } from '../value/value.ts';
import { bad } from './arguments.ts';

const OPERATORS = ['sum', 'min', 'max', 'prod'] as const;

export type ReductionOperator = (typeof OPERATORS)[number];

export function reductionOperator(what: string, value: Value): ReductionOperator {
  const known = OPERATORS.find((name) => name === value);
  if (known === undefined)
    throw bad(what, `${OPERATORS.map((name) => `'${name}'`).join(', ')} or a function`, value);
  return known;
}

/**
 * Plain data. What is the next in order is combined at once, so that of a large model there is one total, not one
 * copy for each party; what comes before its turn is kept until then.
 */
export interface Reduction {
  /** Of all before `next`. */
  total: Float64Array | undefined;
  next: number;
  readonly early: Map<number, Float64Array>;
}

/** @returns how many bytes more it holds */
export function contribute(
  reduction: Reduction,
  operator: ReductionOperator,
  place: number,
  numbers: Float64Array,
): number {
  if (place !== reduction.next) {
    reduction.early.set(place, numbers);
    return numbers.byteLength;
  }
  let grown = 0;
  if (reduction.total === undefined) {
    // The contribution belongs to who has sent it: the total is changed in place, and shared by all answers.
    reduction.total = numbers.slice();
    grown += numbers.byteLength;
  } else combine(reduction.total, numbers, operator);
  reduction.next++;
  for (;;) {
    const next = reduction.early.get(reduction.next);
    if (next === undefined) return grown;
    reduction.early.delete(reduction.next);
    grown -= next.byteLength;
    combine(reduction.total, next, operator);
    reduction.next++;
  }
}

function combine(total: Float64Array, numbers: Float64Array, operator: ReductionOperator): void {
  const { length } = total;
  switch (operator) {
    case 'sum':
      for (let i = 0; i < length; i++) total[i]! += numbers[i]!;
      break;
    case 'prod':
      for (let i = 0; i < length; i++) total[i]! *= numbers[i]!;
      break;
    case 'min':
      for (let i = 0; i < length; i++) total[i] = Math.min(total[i]!, numbers[i]!);
      break;
    case 'max':
      for (let i = 0; i < length; i++) total[i] = Math.max(total[i]!, numbers[i]!);
      break;
  }
}
