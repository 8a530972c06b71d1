/** Options of the `fs` driver. */
export interface FsOptions {
  /** The directory that holds the buckets, one directory each. Made when the first bucket is. */
  readonly root: string;
  /**
   * Flush file and directory to the disk before a write is reported, so that it survives a power cut. Without it a write
   * survives the death of any process, but not that of the machine, and is several hundred times as fast on a disk.
   * @default false
   */
  readonly durable?: boolean | undefined;
  /** Make the root readable by this user alone, and refuse one that belongs to another. @default false */
  readonly private?: boolean | undefined;
  /**
   * Objects up to this size are read and written by synchronous calls: 10 to 40 microseconds on a local disk, where a
   * trip through the thread pool costs 100 to 150. Set 0 where the root is on a network file system.
   * @default 262144
   */
  readonly syncBytes?: number | undefined;
}
