/** A data directory that cannot be used. Nothing of it was changed. */
export class DataError extends Error {
  override readonly name = 'DataError';
  /**
   * `damaged`: something that was on the disk is not as it was written. `in-use`: another process has it. `foreign`: it
   * belongs to another node or cluster. `unusable`: it cannot be read or written, or is of another version.
   */
  readonly code: 'damaged' | 'in-use' | 'foreign' | 'unusable';

  constructor(code: DataError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
