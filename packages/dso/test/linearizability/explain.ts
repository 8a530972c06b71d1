/** Says for a reader why no order explains a history. */
import type { History, Operation, ReturnedOperation } from './history.ts';
import type { Model } from './model.ts';

/** Of an order, its last operations are told. */
const TOLD = 8;

/** A few lines: what went well, which operation does not fit, and what else was open then. Times count from the first call. */
export function explain<S extends NonNullable<unknown>, I, O>(
  model: Model<S, I, O>,
  part: string,
  operations: History<I, O>,
  failure: {
    readonly longest: History<I, O>;
    readonly state: S;
    readonly stuck: ReturnedOperation<I, O>;
  },
): string {
  const { longest, state, stuck } = failure;
  const start = operations.reduce((least, { call }) => Math.min(least, call), Number.POSITIVE_INFINITY);
  const tell = (operation: Operation<I, O>): string => {
    const { client, call, input, return: returned } = operation;
    const output = returned === undefined ? 'outcome unknown' : JSON.stringify(operation.output);
    const end = returned === undefined ? '' : returned - start;
    return `  [${client}] ${JSON.stringify(input)} -> ${output}  (${call - start}..${end})`;
  };
  const possible = (operation: Operation<I, O>): string => {
    const words = operation.return === undefined ? undefined : model.expected?.(state, operation.input);
    return words === undefined ? tell(operation) : `${tell(operation)}; now: ${words}`;
  };
  const placed = new Set(longest);
  const open = operations.filter(
    (operation) => operation !== stuck && operation.call <= stuck.return && !placed.has(operation),
  );
  const returned = operations.filter((operation) => operation.return !== undefined).length;
  const where = part === '' ? model.name : `${model.name} ${JSON.stringify(part)}`;
  return [
    `${where}: no order explains what the clients saw. The longest one places ${longest.length} operations, of ${returned} that returned:`,
    ...(longest.length > TOLD ? [`  ... ${longest.length - TOLD} before`] : []),
    ...longest.slice(-TOLD).map(tell),
    `which leads to the state ${model.key(state)}. Before anything called later, there had to be`,
    possible(stuck),
    ...(open.length > 0 ? ['Also open, and no way out:', ...open.slice(0, TOLD).map(possible)] : []),
    ...(open.length > TOLD ? [`  ... and ${open.length - TOLD} more`] : []),
  ].join('\n');
}
