import { isNative } from './realm.ts';

/** What the language defines: its properties are data, so that listing them loads nothing. */
const LANGUAGE =
  'Object Function Array Number Boolean String Symbol BigInt Math JSON Reflect Atomics Intl Date RegExp Promise Proxy ' +
  'Map Set WeakMap WeakSet WeakRef FinalizationRegistry Iterator Error AggregateError EvalError RangeError ReferenceError ' +
  'SyntaxError TypeError URIError ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray ' +
  'Int16Array Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array ' +
  'parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI escape unescape eval';

/** What the host adds, small enough to list. */
const HOST =
  'Buffer URL URLSearchParams TextEncoder TextDecoder AbortController AbortSignal Event EventTarget';

/** Globals that are there in every Node but loaded when first read: only looked at when asked for by this name. */
const LAZY = new Set(
  (
    'setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate queueMicrotask structuredClone fetch ' +
    'atob btoa Blob File Headers Request Response FormData ReadableStream WritableStream TransformStream DOMException ' +
    'MessageChannel MessagePort BroadcastChannel Performance Crypto CryptoKey SubtleCrypto WebSocket CompressionStream ' +
    'DecompressionStream'
  ).split(' '),
);

const OBJECTS = ['globalThis', 'process', 'console'] as const;
const LAZY_OBJECTS = ['performance', 'crypto'];

interface Table {
  readonly names: Map<object, string>;
  readonly values: Map<string, object>;
}

let table: Table | undefined;

/** The name under which every runtime has this object, such as `Math.max`; undefined for all others. */
export function intrinsicName(value: object): string | undefined {
  table ??= makeTable();
  const name = table.names.get(value);
  if (name !== undefined) return name;
  if (value === process.env) return 'process.env';
  if (typeof value === 'function') {
    if (LAZY.has(value.name) && globalValue(value.name) === value) return value.name;
    if (value.name === 'AssertionError' && isNativeModuleMember(value)) return 'node:assert.AssertionError';
    return undefined;
  }
  const maker: unknown = Object.getOwnPropertyDescriptor(value, 'constructor')?.value;
  if (typeof maker === 'function' && maker.prototype === value) {
    const owner =
      LAZY.has(maker.name) || maker.name === 'AssertionError' ? intrinsicName(maker) : foreignName(maker);
    if (owner !== undefined) return `${owner}.prototype`;
  }
  // These two are getters of the global object, which load what they return: only read when the class says so.
  const className = constructorName(value);
  if (
    (className === 'Performance' || className === 'Crypto') &&
    globalValue(className.toLowerCase()) === value
  ) {
    return className.toLowerCase();
  }
  return undefined;
}

/** The object of a name, or undefined where this runtime has none. */
export function intrinsicOf(name: string): object | undefined {
  table ??= makeTable();
  const found = table.values.get(name);
  if (found !== undefined) return found;
  if (name === 'process.env') return process.env;
  if (name.startsWith('node:assert.AssertionError')) {
    const { AssertionError } = process.getBuiltinModule('node:assert');
    return name.endsWith('.prototype') ? AssertionError.prototype : AssertionError;
  }
  const [global, ...rest] = name.split('.');
  if (!LAZY.has(global!) && !LAZY_OBJECTS.includes(global!)) return undefined;
  const value = globalValue(global!);
  if (rest.length === 0) return isObject(value) ? value : undefined;
  return rest[0] === 'prototype' && typeof value === 'function' ? (value.prototype as object) : undefined;
}

function constructorName(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const owner: unknown =
    prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof owner === 'function' ? owner.name : undefined;
}

function isNativeModuleMember(value: Function): boolean {
  return process.getBuiltinModule('node:assert').AssertionError === value;
}

/** The constructor of another realm: `Map` there is `Map` here. */
function foreignName(maker: Function): string | undefined {
  const { name } = maker;
  return table?.values.has(name) && isNative(maker) ? name : undefined;
}

function globalValue(name: string): unknown {
  return (globalThis as unknown as Record<string, unknown>)[name];
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function makeTable(): Table {
  const names = new Map<object, string>();
  const values = new Map<string, object>();
  const add = (name: string, value: unknown): void => {
    if (!isObject(value) || values.has(name)) return;
    values.set(name, value);
    if (!names.has(value)) names.set(value, name);
  };
  const addMembers = (name: string, holder: object): void => {
    for (const key of Reflect.ownKeys(holder)) {
      const member = typeof key === 'symbol' ? `${name}[${key.description}]` : `${name}.${key}`;
      const descriptor = Object.getOwnPropertyDescriptor(holder, key)!;
      add(member, descriptor.value);
      add(`get ${member}`, descriptor.get);
      add(`set ${member}`, descriptor.set);
    }
  };
  const globals = [...LANGUAGE.split(' '), ...HOST.split(' ')];
  for (const name of globals) add(name, globalValue(name));
  for (const [name, value] of Object.entries(hidden())) add(name, value);
  for (const [name, value] of [...values]) {
    addMembers(name, value);
    const prototype: unknown = Object.getOwnPropertyDescriptor(value, 'prototype')?.value;
    if (isObject(prototype)) addMembers(`${name}.prototype`, prototype);
  }
  // Without their members: those are functions of the host.
  for (const name of OBJECTS) add(name, globalValue(name));
  return { names, values };
}

/** Intrinsics that no global names. */
function hidden(): Record<string, unknown> {
  const up = (value: object): object => Object.getPrototypeOf(value) as object;
  const generator = up(function* () {});
  const asyncGenerator = up(async function* () {});
  return {
    '%TypedArray%': up(Uint8Array),
    '%Iterator.prototype%': up(up([].values())),
    '%AsyncIterator.prototype%': up(up((asyncGenerator as { prototype: object }).prototype)),
    '%GeneratorFunction.prototype%': generator,
    '%GeneratorPrototype%': (generator as { prototype: object }).prototype,
    '%AsyncFunction.prototype%': up(async () => {}),
    '%AsyncGeneratorFunction.prototype%': asyncGenerator,
    '%AsyncGeneratorPrototype%': (asyncGenerator as { prototype: object }).prototype,
  };
}
