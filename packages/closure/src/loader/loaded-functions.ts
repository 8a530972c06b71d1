import { types } from 'node:util';
import {
  CaptureError,
  crumbs,
  type FunctionDecoder,
  type FunctionEncoder,
  type FunctionNode,
  type Path,
} from '@skein/codec';
import { builtinMember, builtinOf } from '../builtins.ts';
import type { BundleExports, ScriptInstance, ScriptRuntime, Unit } from '../captured-code.ts';
import { privateMembers } from '../inspect/function.ts';
import { type Extra, type MakeToken, PROPERTY, type ReferenceToken, readToken, written } from '../tokens.ts';
import { allocate, privateAccess, setPrivates } from './privates.ts';

/** One bundle with what its factories get. */
export interface ImportedCode {
  readonly exports: BundleExports;
  readonly runtime: ScriptRuntime;
}

type Fill = ReturnType<Unit>[1];

/**
 * The functions and classes of one decoded message, and of the arguments that follow it. As a decoder it makes
 * them; as an encoder it names those that the caller knows, in results.
 */
export class LoadedFunctions implements FunctionEncoder, FunctionDecoder {
  readonly #codes: readonly ImportedCode[];
  readonly #instances: (ScriptInstance | undefined)[][] = [];
  readonly #made = new Map<number, Function>();
  readonly #above: LoadedFunctions | undefined;
  /** Shared with the functions of arguments: results may name any of them. Weak, so that calls leave nothing. */
  readonly #tokens: WeakMap<object, ReferenceToken>;
  readonly #fills = new WeakMap<Function, Fill>();
  #importsAreKnown = false;

  /** `codes[0]` is the captured function's own code; the others came with arguments. */
  constructor(codes: readonly ImportedCode[], above?: LoadedFunctions) {
    this.#codes = codes;
    this.#above = above;
    this.#tokens = above === undefined ? new WeakMap() : above.#tokens;
  }

  /** Decodes arguments: functions that the caller's side knows are these, others are made from `codes`. */
  withCodes(codes: readonly ImportedCode[]): LoadedFunctions {
    return new LoadedFunctions([...this.#codes.slice(0, 1), ...codes], this);
  }

  // ---- decoding

  create(token: unknown, before: readonly unknown[]): Function {
    if (typeof token === 'string') return this.reference(token) as Function;
    const named = token as MakeToken;
    switch (named[0]) {
      case 'unit': {
        const [, code, script, unit, id] = named;
        const make = this.#instance(code, script).units[unit];
        if (make === undefined) throw new TypeError(`the loaded code has no function ${script}.${unit}`);
        const [fn, fill] = make(before);
        this.#fills.set(fn, fill);
        return this.#register(id, fn);
      }
      case 'bound': {
        const [, id, name, length] = named;
        const parts: BoundParts = { target: Function.prototype, self: undefined, args: [] };
        const fn = bindLater(parts, name, length);
        this.#fills.set(fn, ([target, self, args]) => {
          parts.target = target as Function;
          parts.self = self;
          parts.args = args as unknown[];
        });
        return this.#register(id, fn);
      }
    }
  }

  fill(fn: Function, token: unknown, after: readonly unknown[]): void {
    if (typeof token === 'string') return; // it was there already
    const named = token as MakeToken;
    this.#fills.get(fn)?.(after);
    this.#fills.delete(fn);
    if (named[0] === 'unit') applyExtras(fn, named[5], after.slice(after.length - countOf(named[5], after)));
  }

  allocate(prototype: object): object {
    return allocate(prototype);
  }

  setPrivates(instance: object, fields: Record<string, unknown>): void {
    setPrivates(instance, fields);
  }

  // ---- both ways

  /** Decoding: what a token names. Encoding: the token of a value. */
  reference(subject: unknown): unknown {
    if (typeof subject === 'string') return this.#valueOf(readToken(subject));
    const token = this.#tokenOf(subject as object);
    return token && written(token);
  }

  // ---- encoding

  encode(fn: Function, path: Path): FunctionNode {
    const token = builtinMember(fn);
    if (token !== undefined) return { token: written(token), before: [], after: [] };
    const kind = Function.prototype.toString.call(fn).startsWith('class') ? 'class' : 'function';
    throw new CaptureError(
      crumbs(path),
      `the ${kind} ${fn.name || '(anonymous)'}, which the caller does not have; return plain data, or ` +
        (kind === 'class'
          ? 'use the class in the function that is captured, so that the caller knows it (or registerClass it on both sides)'
          : 'return what it gives'),
    );
  }

  privates(instance: object, path: Path): Record<string, unknown> | undefined {
    for (let up: unknown = Object.getPrototypeOf(instance); up !== null; up = Object.getPrototypeOf(up)) {
      const Class: unknown = Object.getOwnPropertyDescriptor(up, 'constructor')?.value;
      if (typeof Class !== 'function' || !hasPrivates(Class, instance)) continue;
      throw new CaptureError(
        crumbs(path),
        `its class ${Class.name} has #private members, which cannot be set in the caller's class; return plain data, ` +
          'or give the class [portable]',
      );
    }
    return undefined;
  }

  #tokenOf(value: object): ReferenceToken | undefined {
    if (!this.#importsAreKnown) this.#knowImports();
    return this.#tokens.get(value);
  }

  #valueOf(token: ReferenceToken): unknown {
    switch (token[0]) {
      case 'node':
        return builtinOf(token);
      case 'known': {
        const fn = this.#function(token[1]);
        if (fn === undefined)
          throw new TypeError(`the message names function ${token[1]}, which was not sent`);
        return fn;
      }
      case 'import': {
        const [, code, script, path] = token;
        const value = this.#instance(code, script).imports[path]?.();
        if (value === undefined) throw new TypeError(`the loaded code does not import ${path}`);
        return value;
      }
      case 'export': {
        const [, code, index] = token;
        const value = this.#code(code).exports.references[index]?.();
        if (value === undefined) throw new TypeError(`the loaded code has no reference ${index}`);
        if (typeof value === 'object' || typeof value === 'function')
          this.#tokens.set(value as object, token);
        return value;
      }
    }
  }

  #register(id: number, fn: Function): Function {
    this.#made.set(id, fn);
    this.#tokens.set(fn, ['known', id]);
    return fn;
  }

  #function(id: number): Function | undefined {
    return this.#made.get(id) ?? (this.#above === undefined ? undefined : this.#above.#function(id));
  }

  #code(number: number): ImportedCode {
    const code = this.#codes[number];
    if (code === undefined) {
      throw new TypeError(
        `the message needs code ${number}, and ${this.#codes.length} were given (options.codes)`,
      );
    }
    return code;
  }

  #instance(code: number, script: number): ScriptInstance {
    // The captured function's code has one set of variables, whoever asks.
    if (code === 0 && this.#above !== undefined) return this.#above.#instance(code, script);
    this.#instances[code] ??= [];
    const instances = this.#instances[code];
    let instance = instances[script];
    if (instance === undefined) {
      const { exports, runtime } = this.#code(code);
      const factory = exports.scripts[script];
      if (factory === undefined) throw new TypeError(`the loaded code has no script ${script}`);
      instances[script] = instance = factory(runtime);
    }
    return instance;
  }

  /** Imported functions and classes, so that results can name them. */
  #knowImports(): void {
    this.#importsAreKnown = true;
    this.#instances.forEach((instances, code) => {
      instances.forEach((instance, script) => {
        for (const [path, read] of Object.entries(instance?.imports ?? {})) {
          const value = read();
          if (!canBeNamed(value) || this.#tokens.has(value)) continue;
          this.#tokens.set(value, ['import', code, script, path]);
        }
      });
    });
    this.#codes.forEach(({ exports }, code) => {
      exports.references.forEach((read, index) => {
        const value = read();
        if (canBeNamed(value) && !this.#tokens.has(value)) this.#tokens.set(value, ['export', code, index]);
      });
    });
  }
}

/** Functions and namespaces are the caller's own again; data goes by value, with what was done to it. */
function canBeNamed(value: unknown): value is object {
  return typeof value === 'function' || types.isModuleNamespaceObject(value);
}

/** Whether an instance has `#private` members by this class. */
export function hasPrivates(Class: Function, instance: object): boolean {
  if (privateAccess(Class) !== undefined) return true;
  const text = Function.prototype.toString.call(Class);
  // A `#` may stand in a string: the engine knows. Asked only here, so that a worker rarely loads the inspector.
  return text.startsWith('class') && /#[\p{ID_Start}$_]/u.test(text) && privateMembers(instance).length > 0;
}

interface BoundParts {
  target: Function;
  self: unknown;
  args: readonly unknown[];
}

/** A function like `target.bind(self, ...args)` whose parts come later, so that `self` may hold the function. */
function bindLater(parts: BoundParts, name: string, length: number): Function {
  const call = function (this: unknown, ...rest: unknown[]): unknown {
    const { target, self, args } = parts;
    const all = [...args, ...rest];
    return new.target === undefined ? Reflect.apply(target, self, all) : Reflect.construct(target, all);
  };
  // Bound itself, so that it has no `prototype`, as any bound function.
  const bound = call.bind(undefined);
  Object.defineProperty(bound, 'name', { value: name, configurable: true });
  Object.defineProperty(bound, 'length', { value: length, configurable: true });
  return bound;
}

/** How many values the extras of a function take. */
function countOf(extras: readonly Extra[], after: readonly unknown[]): number {
  let count = 0;
  for (const extra of extras) {
    if (extra[0] === 'inherits') count += 1;
    else if (extra[0] === 'statics') count += extra[1];
    else count += (extra[1] === null ? 1 : 0) + (extra[2] & PROPERTY.accessor ? 2 : 1);
  }
  if (count > after.length) throw new TypeError('a function has fewer values than its token says');
  return count;
}

function applyExtras(fn: Function, extras: readonly Extra[], values: readonly unknown[]): void {
  let at = 0;
  for (const extra of extras) {
    switch (extra[0]) {
      case 'inherits':
        Object.setPrototypeOf(fn.prototype as object, values[at++] as object | null);
        break;
      case 'statics':
        privateAccess(fn)?.setStatic(values.slice(at, at + extra[1]));
        at += extra[1];
        break;
      default: {
        const [on, name, flags] = extra;
        const key = name ?? (values[at++] as symbol);
        const attributes = {
          enumerable: (flags & PROPERTY.enumerable) !== 0,
          configurable: (flags & PROPERTY.configurable) !== 0,
        };
        const holder = on === 'own' ? fn : (fn.prototype as object);
        if (flags & PROPERTY.accessor) {
          const get = values[at++] as () => unknown;
          const set = values[at++] as (value: unknown) => void;
          Object.defineProperty(holder, key, { ...attributes, get, set });
        } else {
          const writable = (flags & PROPERTY.writable) !== 0;
          Object.defineProperty(holder, key, { ...attributes, writable, value: values[at++] });
        }
      }
    }
  }
}
