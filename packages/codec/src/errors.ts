/** Why a value could not be encoded. */
export type CaptureErrorCode = 'uncapturable' | 'too-deep' | 'reach';

/** Why a message could not be decoded. */
export type CodecErrorCode =
  | 'corrupt'
  | 'version'
  | 'not-a-message'
  | 'unsupported'
  | 'too-deep'
  | 'misuse'
  | 'not-encoded';

/** Why a handle could not be written or revived. */
export type HandleErrorCode = 'unknown-type' | 'unknown-version' | 'bad-state' | 'bad-class' | 'credentials';

/**
 * A value that cannot travel. `path` leads to it from the root, one crumb a step:
 * `['handler', 'config', '.db', '[[Prototype]]']`.
 */
export class CaptureError extends Error {
  override readonly name: string = 'CaptureError';
  readonly code: CaptureErrorCode;
  readonly path: readonly string[];
  /** What is wrong and what to do, without the path. */
  readonly reason: string;

  constructor(
    path: readonly string[],
    reason: string,
    options?: { readonly code?: CaptureErrorCode; readonly cause?: unknown },
  ) {
    super(
      `cannot ship ${joinPath(path)}: ${reason}`,
      options?.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = options?.code ?? 'uncapturable';
    this.path = path;
    this.reason = reason;
  }
}

/** Bytes that are no message, a damaged one, or one that this runtime cannot read. */
export class CodecError extends Error {
  override readonly name: string = 'CodecError';
  readonly code: CodecErrorCode;

  constructor(code: CodecErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A handle class that breaks the contract, or a handle that this process does not know. */
export class HandleError extends Error {
  override readonly name: string = 'HandleError';
  readonly code: HandleErrorCode;
  /** `<package>:<Class>@<major>` */
  readonly type: string;

  constructor(code: HandleErrorCode, type: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.type = type;
  }
}

/** Whether an error says that the stack ran out. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.startsWith('Maximum call stack');
}

/** A path of hundreds of steps helps nobody: its ends say where it starts and what it leads to. */
function joinPath(path: readonly string[]): string {
  if (path.length <= 16) return path.join(' → ');
  return [...path.slice(0, 6), `… ${path.length - 12} more …`, ...path.slice(-6)].join(' → ');
}
