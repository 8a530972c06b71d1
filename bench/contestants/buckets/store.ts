/** Objects of one bucket, as a contestant has them. */
export interface Store {
  write(key: string, body: Uint8Array): Promise<unknown>;
  read(key: string): Promise<Uint8Array>;
  writeStream(key: string, pieces: Iterable<Uint8Array>): Promise<unknown>;
  readStream(key: string): Promise<AsyncIterable<Uint8Array>>;
  /** By the beginning of their keys; at most 1,000. */
  list(prefix: string): Promise<readonly Listed[]>;
  remove(keys: readonly string[]): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface Listed {
  readonly key: string;
  readonly size: number;
}
