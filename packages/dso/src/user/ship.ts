/**
 * The client's half: captures classes and functions, and bundles their code.
 *
 * `@skein/closure` is optional, and capturing has to be synchronous: variables are read as they are at the call, and
 * what cannot travel throws at the caller's line. So it is loaded ahead where there is time for it
 * ({@link prepareToShip}, which connecting calls), else by `require`, which Node gives ES modules from 20.19 on; where
 * neither is possible the first capture comes a moment later than the call, and throws into its promise.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bundle, CapturedFunction } from '@skein/closure';
import { CaptureError, encode, type FunctionDecoder } from '@skein/codec';
import type { BundleRef, CodeText } from './code.ts';

type Closure = typeof import('@skein/closure');

/** Where each position of a code's text was written: see {@link mapStack}. */
export type CodeMap = Pick<Bundle, 'hash' | 'locate' | 'originalName'>;

/** What the sender knows of code, to read what comes back. */
export interface KnownCode {
  /** Decodes states, results and errors: functions and classes are the caller's own again. */
  readonly functions: FunctionDecoder;
  readonly maps: readonly CodeMap[];
}

/** Arguments of a call, encoded. */
export interface ShippedArguments {
  /** An array of arguments. */
  readonly args: Uint8Array;
  /** Code of functions and classes in them that the receiver does not have; at most one. Their hashes are `argCodes`. */
  readonly codes: readonly CodeText[];
  /** Reads the result of the call; undefined when no functions or classes are in them: as without arguments. */
  readonly known: KnownCode | undefined;
}

/** A class or function, ready to be sent. */
export interface ShippedCode extends KnownCode {
  readonly ref: BundleRef;
  /** Sent once a server: it says by `no-such-code` when it does not have it (any more). */
  readonly code: CodeText;
  /** See {@link Shipping}. */
  encodeArguments(args: readonly unknown[]): ShippedArguments | Promise<ShippedArguments>;
}

/** A class or function that has been captured, whose code is being bundled. */
export interface Shipping {
  readonly shipped: Promise<ShippedCode>;
  /**
   * Encodes arguments as they are now; a promise only where there is code to bundle. What is captured twice is sent
   * once: classes and functions that the receiver has from this code are named.
   * @throws CaptureError with the path to a value that cannot travel.
   */
  encodeArguments(args: readonly unknown[]): ShippedArguments | Promise<ShippedArguments>;
}

/** `@skein/closure` is not there, or not usable. */
export class ShipError extends Error {
  override readonly name: string = 'ShipError';
  readonly code = 'closure-missing' as const;
}

/** Kept out of reach of bundlers: they would put the bundler into every function that uses a shared object. */
const CLOSURE = '@skein/closure';

let closure: Closure | undefined;
let loading: Promise<Closure> | undefined;

/**
 * Loads what captures code, so that {@link shipCode} can do it at once. Harmless when `@skein/closure` is not
 * installed: shipping will say so.
 */
export async function prepareToShip(): Promise<void> {
  await loadClosure().catch(() => {});
}

/**
 * Captures a class or function at once, and bundles its code in the background. What closure knows already is not
 * looked at again: the second time costs the encoding of the captured values.
 *
 * @throws CaptureError (at once, not into the promise, unless `@skein/closure` could only be loaded later) with the
 *   path to a value that cannot travel.
 * @throws ShipError (rejects) when `@skein/closure` is not installed.
 */
export function shipCode(fn: Function): Promise<ShippedCode> {
  return startShipping(fn).shipped;
}

/** The same, for who has arguments to encode at once. */
export function startShipping(fn: Function): Shipping {
  const ready = closureAtOnce();
  if (ready !== undefined) {
    const captured = ready.capture(fn);
    return {
      shipped: finish(ready, captured),
      encodeArguments: (args) => encodeWith(ready, captured, args),
    };
  }
  const late = loadClosure().then((closure) => finish(closure, closure.capture(fn)));
  return { shipped: late, encodeArguments: (args) => late.then((shipped) => shipped.encodeArguments(args)) };
}

/**
 * Arguments for objects whose code was not shipped from here: preloaded classes. Needs `@skein/closure` only when
 * there are functions or classes in them.
 *
 * @throws CaptureError with the path to a value that cannot travel.
 * @throws ShipError (rejects) when `@skein/closure` is needed and not installed.
 */
export function encodePlainArguments(args: readonly unknown[]): ShippedArguments | Promise<ShippedArguments> {
  const plain = encodePlain(args);
  if (plain !== undefined) return plain;
  const ready = closureAtOnce();
  if (ready !== undefined) return encodeWithCode(ready, carrierOf(ready), args);
  return loadClosure().then((late) => encodeWithCode(late, carrierOf(late), args));
}

/** Puts the frames of stacks at the user's lines, and drops those below, which are the receiver's. */
export function mapStack(stack: string, maps: readonly CodeMap[]): string {
  return closure === undefined || maps.length === 0 ? stack : closure.mapStack(stack, maps);
}

/** Arguments that hold neither functions nor classes; undefined when they do. */
function encodePlain(args: readonly unknown[]): ShippedArguments | undefined {
  try {
    return { args: encode(args, { root: 'arguments' }).toBytes(), codes: [], known: undefined };
  } catch (error) {
    if (error instanceof CaptureError) return undefined;
    throw error;
  }
}

/** Stands where a captured function is needed and there is none. */
let carrier: CapturedFunction | undefined;
function carrierOf({ capture }: Closure): CapturedFunction {
  carrier ??= capture(function carrier() {});
  return carrier;
}

async function finish(closure: Closure, captured: CapturedFunction): Promise<ShippedCode> {
  // Before anything is awaited: large values are views of the caller's memory until then.
  const values = captured.values.toBytes();
  const bundle = await closure.bundle(captured.code);
  maps.set(captured, bundle);
  return {
    ref: { kind: 'bundle', hash: bundle.hash, name: captured.name, values },
    code: textOf(bundle),
    functions: captured.functions,
    maps: [bundle],
    encodeArguments: (args) => encodeWith(closure, captured, args),
  };
}

/** Of code that has been bundled. */
const maps = new WeakMap<CapturedFunction, CodeMap>();

/** Plain data, which most arguments are, is not searched for what the receiver has. */
function encodeWith(
  closure: Closure,
  captured: CapturedFunction,
  args: readonly unknown[],
): ShippedArguments | Promise<ShippedArguments> {
  return encodePlain(args) ?? encodeWithCode(closure, captured, args);
}

/** Synchronous up to the bundling: the arguments are encoded as they are now. */
function encodeWithCode(
  { bundle }: Closure,
  captured: CapturedFunction,
  args: readonly unknown[],
): ShippedArguments | Promise<ShippedArguments> {
  const { encoded, codes, functions } = captured.encodeArguments(args, 'arguments');
  const bytes = encoded.toBytes();
  const finished = (bundles: readonly Bundle[]): ShippedArguments => {
    const own = maps.get(captured);
    return {
      args: bytes,
      codes: bundles.map(textOf),
      known: { functions, maps: own === undefined ? bundles : [own, ...bundles] },
    };
  };
  return codes.length === 0 ? finished([]) : Promise.all(codes.map((code) => bundle(code))).then(finished);
}

function textOf({ hash, code, externals, base }: Bundle): CodeText {
  return { hash, code, externals, base };
}

function closureAtOnce(): Closure | undefined {
  if (closure === undefined) {
    for (const from of places()) {
      try {
        closure = createRequire(from)(CLOSURE) as Closure;
        break;
      } catch {
        // Not installed, or a runtime that only imports: the asynchronous way says what is wrong.
      }
    }
  }
  return closure;
}

function loadClosure(): Promise<Closure> {
  loading ??= importClosure();
  loading.catch(() => {
    loading = undefined; // it can be installed meanwhile
  });
  return loading;
}

async function importClosure(): Promise<Closure> {
  let failure: unknown;
  try {
    closure = (await import(CLOSURE)) as Closure;
    return closure;
  } catch (error) {
    failure = error;
  }
  for (const from of places()) {
    try {
      const found = createRequire(from).resolve(CLOSURE);
      closure = (await import(pathToFileURL(found).href)) as Closure;
      return closure;
    } catch {
      // The first reason is the one to tell.
    }
  }
  throw new ShipError(
    'classes and functions of yours are shipped by @skein/closure, which could not be loaded: npm install @skein/closure ' +
      '(objects of built-in types, and of classes that the server preloads, work without)',
    { cause: failure },
  );
}

/** Where it may be installed: beside this package, else in the project, when this code was bundled into a file elsewhere. */
function places(): string[] {
  const here: string | undefined = import.meta.url;
  return [...(here?.startsWith('file:') ? [here] : []), join(process.cwd(), 'package.json')];
}
