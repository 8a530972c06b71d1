/** What operations that have user code run have in common. */
import type { StepContext } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import type { CodeReference, Task, TaskOutcome } from '../engine/task.ts';
import type { Waiter } from '../engine/waiter.ts';
import type { Value } from '../value/value.ts';
import { codeReference } from './code.ts';

/** Whether an argument refers to code, where it could also be the name of an operator. */
export function isCode(value: Value): boolean {
  return Array.isArray(value);
}

/** The code that an argument refers to; none if it is no such reference, which the operation itself refuses. */
export function codesIn(value: Value): readonly CodeReference[] {
  if (!isCode(value)) return [];
  try {
    return [codeReference('the code', value)];
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

/** Asks for a function to be called once for each list of arguments. */
export function each(code: Value, calls: readonly (readonly Value[])[]): Task {
  return { kind: 'each', code: codeReference('the function', code), calls };
}

/** Why user code came to no result. The details are its own error, encoded, or the code of the failure. */
export function failureOf(outcome: Exclude<TaskOutcome, { kind: 'done' }>, threw: string): Refusal {
  if (outcome.kind === 'threw') return new Refusal('user-code-failed', threw, outcome.error);
  const { code, message } = outcome;
  return new Refusal(code === 'nested-call' ? 'nested-call' : 'user-code-failed', message, code);
}

/**
 * What the functions have returned.
 * @throws {Refusal} when they have not. Its details are the user's own error, encoded, or the code of the failure.
 */
export function resultsOf(outcome: TaskOutcome, calls: number): readonly Value[] {
  if (outcome.kind !== 'done') throw failureOf(outcome, 'the function threw; nothing has changed');
  const { results } = outcome;
  if (results.length === calls) return results;
  throw new Refusal('user-code-failed', `${calls} calls gave ${results.length} results`);
}

/**
 * Answers who had the code run. Who no longer waits was told that nothing happened: then nothing does.
 * @param apply takes effect and gives the answer, or throws a refusal and has changed nothing
 */
export function settle(call: StepContext, apply: (caller: Waiter) => Value): void {
  const { caller } = call;
  if (caller === undefined) return;
  try {
    call.answer(caller, apply(caller));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.refuse(caller, error);
  }
}
