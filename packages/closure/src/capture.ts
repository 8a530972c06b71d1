import { types } from 'node:util';
import { type Encoded, type EncodeOptions, encode, type FunctionDecoder, type Reach } from '@skein/codec';
import type { CodeBuilder } from './capture/code-builder.ts';
import { CaptureEncoder } from './capture/function-encoder.ts';
import { KnownValues, ResultDecoder } from './capture/known-values.ts';
import type { CapturedCode } from './captured-code.ts';
import { validInclude } from './include/collect.ts';
import { releaseIds } from './inspect/session.ts';
import { type CaptureWarning, emitWarning, warnOnce } from './warnings.ts';

/** Options of {@link capture}. */
export interface CaptureOptions {
  /** What the receiver can reach; a handle that reaches less is refused. @default 'network' */
  readonly reach?: Reach;
  /** Packages that are not bundled, for when the function is. */
  readonly external?: readonly string[];
  /** Files that travel with the function, for when it is bundled; see `BundleOptions`. */
  readonly include?: readonly string[];
  /** What the function is called in paths of errors. @default its name, or 'fn' */
  readonly name?: string;
  /** Gets each warning once for its place. @default process.emitWarning */
  readonly warn?: (warning: CaptureWarning) => void;
}

/** A function with all that it closes over, ready to travel: code and values apart. */
export interface CapturedFunction<F extends Function = Function> {
  readonly name: string;
  /** What to bundle; holds no value. */
  readonly code: CapturedCode;
  /** The function with its captured values: decoded with the loaded code it is the function. */
  readonly values: Encoded;
  readonly warnings: readonly CaptureWarning[];
  readonly external: readonly string[] | undefined;
  readonly include: readonly string[] | undefined;
  /**
   * Encodes a value for a receiver that has this function: functions and classes that it has already are named,
   * others are captured into `codes`.
   * @throws CaptureError with the path to a value that cannot travel.
   */
  encodeArguments(value: unknown, root?: string, options?: Pick<EncodeOptions, 'checksum'>): EncodedArguments;
  /** Decodes results: functions, classes and imported values come back as the caller's own. */
  readonly functions: FunctionDecoder;
  /** Only a type: the function that was captured. */
  readonly fn: F;
}

/** Arguments of a call. */
export interface EncodedArguments {
  readonly encoded: Encoded;
  /** Code of functions, classes and handles in the arguments that the receiver does not have; at most one. */
  readonly codes: readonly CapturedCode[];
  /** Decodes the result of a call with these arguments: knows the functions in them as well. */
  readonly functions: FunctionDecoder;
}

/**
 * Captures a function: its code, what it imports and the values of the variables that it uses, as they are now.
 * Synchronous, so that a value that cannot travel throws at the line of the caller.
 *
 * @throws CaptureError with the path to a value that cannot travel.
 * @throws TypeError when `fn` is not a function.
 */
export function capture<F extends Function>(fn: F, options: CaptureOptions = {}): CapturedFunction<F> {
  if (typeof fn !== 'function') throw new TypeError(`capture(fn): expected a function, got ${describe(fn)}`);
  const name = options.name ?? (fn.name || 'fn');
  const known = new KnownValues();
  const { encoded, code, warnings } = captureValue(fn, known, 0, { ...options, root: name });
  warnOnce(warnings, options.warn ?? emitWarning);
  const functions = new ResultDecoder(known);
  return {
    name,
    code,
    values: encoded,
    warnings,
    external: options.external,
    include: options.include && validInclude(options.include),
    functions,
    fn,
    encodeArguments(value, root = 'argument', { checksum } = {}) {
      const more = new KnownValues(known);
      const { encoded, builder, warnings } = encodeValue(value, more, 1, { ...options, root, checksum });
      warnOnce(warnings, options.warn ?? emitWarning);
      // Handles need their classes, whether or not there are functions beside them.
      const enough = builder.isEmpty && encoded.modules.every((module) => code.modules.includes(module));
      return {
        encoded,
        codes: enough ? [] : [builder.build(encoded.modules)],
        functions: more.isEmpty ? functions : new ResultDecoder(more),
      };
    },
  };
}

/** Encodes any value, with the code of the functions and classes in it. */
export function captureValue(
  value: unknown,
  known: KnownValues,
  number: number,
  options: ValueOptions,
): { encoded: Encoded; code: CapturedCode; warnings: readonly CaptureWarning[] } {
  const { encoded, builder, warnings } = encodeValue(value, known, number, options);
  return { encoded, code: builder.build(encoded.modules), warnings };
}

interface ValueOptions {
  readonly root: string;
  readonly reach?: Reach;
  readonly checksum?: EncodeOptions['checksum'] | undefined;
}

function encodeValue(
  value: unknown,
  known: KnownValues,
  number: number,
  { root, reach, checksum = 'all' }: ValueOptions,
): { encoded: Encoded; builder: CodeBuilder; warnings: readonly CaptureWarning[] } {
  const encoder = new CaptureEncoder(known, number);
  try {
    const encoded = encode(value, {
      functions: encoder,
      root,
      checksum,
      ...(reach === undefined ? {} : { reach }),
    });
    return { encoded, builder: encoder.code, warnings: encoder.warnings };
  } finally {
    releaseIds();
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (types.isPromise(value)) return 'a Promise; await it first';
  return typeof value === 'object'
    ? `an object (${Object.prototype.toString.call(value)})`
    : `${typeof value} ${String(value)}`;
}
