/** Why code could not be loaded. */
export type LoadErrorCode =
  /** The text is not the one that the hash names. */
  | 'corrupt'
  /** Packed by another version. */
  | 'version'
  /** A module that is not part of the bundle is missing here. */
  | 'missing-external'
  /** Imported modules failed while they ran, or the text is no bundle. */
  | 'evaluate';

/** Code that arrived where it should run could not be loaded there. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  readonly code: LoadErrorCode;

  constructor(code: LoadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
