/** What agents do around the function of a job: it may be asked for less than to turn an argument into a result. */
import type { EncodedPlace } from './payload.ts';

export type Role =
  /** It makes one value of two: the argument is a list, the result what the list comes down to. */
  | { readonly kind: 'fold' }
  /** It gives pairs: they are stored by their keys, and the result tells where. */
  | (ShuffleTerms & { readonly kind: 'partition'; readonly partitions: number })
  /** It gets a key and its values: the argument says where they are, the result has those of all keys of a partition. */
  | (ShuffleTerms & { readonly kind: 'merge' });

export interface ShuffleTerms {
  /** Folder of the runs. */
  readonly runs: string;
  /** Bytes that a call may hold of them. */
  readonly memory: number;
  /** Makes one value of two that have the same key: decodes to an array of it alone. */
  readonly combine: EncodedPlace | undefined;
}
