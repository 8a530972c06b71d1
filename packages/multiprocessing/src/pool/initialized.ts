import { ProcessError } from '../errors.ts';
import { processState } from '../process-state.ts';

/**
 * What the initializer of the pool has given in this worker: a model, a connection, whatever is made once and used by
 * all tasks. Python's initializers leave such things in global variables; here each map takes copies of the variables
 * along that its function closes over, as they are where it is called.
 *
 * @example
 * const pool = new Pool(4, { initializer: () => loadModel() });
 * await pool.map((text) => initialized<Model>().classify(text), texts);
 */
export function initialized<T>(): T {
  const { member } = processState();
  if (member === undefined)
    throw new ProcessError('wrong-state', 'initialized() is for tasks of a pool: this process runs none');
  return member.initialized as T;
}
