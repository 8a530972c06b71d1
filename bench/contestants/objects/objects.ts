/** What the benchmarks of shared objects ask for, whoever shares them. */
export interface Objects {
  /** Adds one to a shared counter, the first unless another one's number is said, and gives what it is then. */
  increment(counter?: number): Promise<number>;
  /** Makes ready for {@link reduce}: nothing of this is on the clock. */
  prepareReduce(participants: number): Promise<void>;
  /** Gives a participant's vector, and the sum of all. */
  reduce(round: number, rank: number, vector: Float64Array): Promise<Float64Array>;
  /** The sum, fetched once for several participants of this process. */
  reduceTogether?(
    round: number,
    ranks: readonly number[],
    vectors: readonly Float64Array[],
  ): Promise<Float64Array[]>;
  /** Makes the shared matrix. */
  prepareMultiply(matrix: Float64Array): Promise<void>;
  /** Multiplies the shared matrix by another, and gives the sum of its elements. */
  multiply(by: Float64Array): Promise<number>;
  close(): Promise<void>;
}

/** How a process reaches them: data, so that it can be told to processes. */
export type Address =
  | { readonly kind: 'skein'; readonly url: string }
  | {
      readonly kind: 'redis';
      readonly at: string | number;
      readonly pipelining: boolean;
      /** An increment is answered when a replica has it. */
      readonly isReplicated: boolean;
    };

/** Loads only the client that is asked for: the other one's code and garbage are none of this process's. */
export async function open(address: Address): Promise<Objects> {
  switch (address.kind) {
    case 'skein': {
      const { openSkein } = await import('./skein.ts');
      return openSkein(address);
    }
    case 'redis': {
      const { openRedis } = await import('./redis.ts');
      return openRedis(address);
    }
  }
}
