/** Linearizability by its definition: every order of every choice is tried. For a handful of operations. */
import type { History, Operation } from './history.ts';
import type { Model } from './model.ts';

/** Whether some order of all operations that returned, and any of the others, explains the history. */
export function bruteForce<S extends NonNullable<unknown>, I, O>(
  model: Model<S, I, O>,
  history: History<I, O>,
): boolean {
  const partOf = ({ input }: Operation<I, O>): string => model.partition?.(input) ?? '';
  return [...new Set(history.map(partOf))].every((part) =>
    explains(
      model,
      model.init(),
      history.filter((operation) => partOf(operation) === part),
    ),
  );
}

function explains<S extends NonNullable<unknown>, I, O>(
  model: Model<S, I, O>,
  state: S,
  rest: History<I, O>,
): boolean {
  if (rest.every((operation) => operation.return === undefined)) return true;
  return rest.some((operation) => {
    if (rest.some((other) => other.return !== undefined && other.return < operation.call)) return false;
    const next =
      operation.return === undefined
        ? model.stepUnknown(state, operation.input)
        : model.step(state, operation.input, operation.output);
    return (
      next !== undefined &&
      explains(
        model,
        next,
        rest.filter((other) => other !== operation),
      )
    );
  });
}
