/** What the checker has to know of an object: what it would do if its clients came one after another. */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from './history.ts';

/**
 * A sequential specification. States are immutable: a step returns another one.
 *
 * @typeParam S - a state
 * @typeParam I - what a client asks
 * @typeParam O - what it is told
 */
export interface Model<S extends NonNullable<unknown>, I, O> {
  readonly name: string;
  init(): S;
  /** The state after `input` was answered by `output`; `undefined` if that answer is impossible in this state. */
  step(state: S, input: I, output: O): S | undefined;
  /**
   * The state after `input` took effect and nobody knows the answer; `state` itself where it would have none. Where several are
   * possible: one that allows whatever the others allow.
   */
  stepUnknown(state: S, input: I): S;
  /** Equal exactly for states that no later step can tell apart (coarser would be wrong, finer is slow). */
  key(state: S): string;
  /** What part of the object `input` concerns. Parts must be independent of each other: each is checked alone. */
  partition?(input: I): string;
  /**
   * True only if `input` answered by `output` never changes the state, whatever it is: a read, a refusal. It saves most of the
   * search.
   */
  observes?(input: I, output: O): boolean;
  /** For explanations: the answers that are possible in this state, in words. */
  expected?(state: S, input: I): string;
}

/** What an operation does in a state: the next state, and the answer. */
export interface Effect<S, O> {
  readonly state: S;
  readonly output: O;
}

/** A model told by doing. Answers are a function of the state, unless `step` says otherwise. */
export interface Specification<S extends NonNullable<unknown>, I, O> {
  readonly name: string;
  init(): S;
  /** `undefined`: in this state the operation waits. */
  apply(state: S, input: I): Effect<S, O> | undefined;
  /** Instead of comparing with the answer of `apply`, where the object may choose among several. */
  step?(state: S, input: I, output: O): S | undefined;
  /** @default JSON */
  key?(state: S): string;
  partition?(input: I): string;
  observes?(input: I, output: O): boolean;
}

/** A model that can also be run: tests simulate a correct object with it. */
export interface RunnableModel<S extends NonNullable<unknown>, I, O> extends Model<S, I, O> {
  apply(state: S, input: I): Effect<S, O> | undefined;
}

/** The model of a {@link Specification}. */
export function model<S extends NonNullable<unknown>, I extends Json, O extends Json>(
  specification: Specification<S, I, O>,
): RunnableModel<S, I, O> {
  const { name, init, apply, step, key, partition, observes } = specification;
  return {
    name,
    init,
    apply,
    step:
      step ??
      ((state, input, output) => {
        const effect = apply(state, input);
        return effect && same(effect.output, output) ? effect.state : undefined;
      }),
    stepUnknown: (state, input) => apply(state, input)?.state ?? state,
    key: key ?? ((state) => JSON.stringify(state)),
    ...(partition && { partition }),
    ...(observes && { observes }),
    expected: (state, input) => {
      const effect = apply(state, input);
      if (!effect) return 'it would wait';
      return step ? `such as ${JSON.stringify(effect.output)}` : JSON.stringify(effect.output);
    },
  };
}

/** Whether two JSON values are the same value. */
export function same(one: Json, other: Json): boolean {
  return one === other || (typeof one === 'object' && isDeepStrictEqual(one, other));
}
