import { PartitionError } from '../errors.ts';

/** An input names nothing that is there: a typing error most often, which is not to pass as a job without calls. */
export function noMatch(input: string, why: string, cause?: unknown): PartitionError {
  return new PartitionError('no-match', `the input '${input}' matches nothing: ${why}`, {
    object: input,
    cause,
  });
}
