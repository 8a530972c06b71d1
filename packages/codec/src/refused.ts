import { types } from 'node:util';

/** What an object is that cannot travel, and what to do instead; undefined when nothing is known against it. */
export function whyNot(value: object): string | undefined {
  if (types.isPromise(value)) return 'a Promise; await it first and ship what it resolves to';
  if (types.isWeakMap(value)) return 'a WeakMap, whose entries cannot be listed; use a Map';
  if (types.isWeakSet(value)) return 'a WeakSet, whose members cannot be listed; use a Set';
  if (types.isGeneratorObject(value))
    return 'a generator in progress; ship [...generator] or the function that makes it';
  if (types.isMapIterator(value) || types.isSetIterator(value)) return 'an iterator; ship [...iterator]';
  if (types.isSharedArrayBuffer(value)) {
    return 'a SharedArrayBuffer, which no other process can share; ship a copy (new Uint8Array(view)) or use a shared object';
  }
  if (types.isArgumentsObject(value)) return 'an arguments object; ship [...arguments]';
  if (types.isExternal(value)) return 'a native handle; create it where it is used';
  if (types.isModuleNamespaceObject(value)) return 'a module namespace; import the module where it is used';
  if (types.isKeyObject(value) || types.isCryptoKey(value)) {
    return 'a key; ship its exported form if it may leave this process, or load it where it is used';
  }
  const tag = builtinTag(value);
  if (tag !== undefined && REFUSED_TAGS.has(tag)) return `${article(tag)} ${tag}; ${REFUSED_TAGS.get(tag)}`;
  return undefined;
}

/** The advice for objects whose class is known to live only in one process, by the class's name. */
const REFUSED_TAGS: ReadonlyMap<string, string> = new Map([
  ['WeakRef', 'ship its target'],
  ['FinalizationRegistry', 'create it where it is used'],
  ['Array Iterator', 'ship [...iterator]'],
  ['String Iterator', 'ship [...iterator]'],
  ['RegExp String Iterator', 'ship [...iterator]'],
  ['Iterator Helper', 'ship [...iterator]'],
  ['Segmenter String Iterator', 'ship [...iterator]'],
  ['AsyncGenerator', 'ship the function that makes it'],
  ['AbortSignal', 'use the signal of the call'],
  ['AbortController', 'use the signal of the call'],
  ['WebAssembly.Module', 'ship its bytes and compile them where they are used'],
  ['WebAssembly.Instance', 'ship the bytes of its module'],
  ['WebAssembly.Memory', 'ship a copy of its buffer'],
  ['MessagePort', 'create it where it is used'],
  ['ReadableStream', 'read it first and ship the bytes'],
  ['WritableStream', 'create it where it is used'],
  ['Response', 'ship (await response.bytes()) or its JSON'],
  ['Request', 'ship its URL and options'],
  ['Blob', 'ship await blob.arrayBuffer()'],
  ['File', 'ship await file.arrayBuffer()'],
]);

/** `Symbol.toStringTag` up the chain, data properties only: a getter is never run. */
function builtinTag(value: object): string | undefined {
  for (
    let holder: object | null = value;
    holder !== null;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    const tag: unknown = Object.getOwnPropertyDescriptor(holder, Symbol.toStringTag)?.value;
    if (typeof tag === 'string') return tag;
  }
  return undefined;
}

/** The class of an object as a message shows it; no code of the object runs. */
export function className(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return 'Object: null prototype';
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof owner === 'function' && owner.name !== '' ? owner.name : 'Object';
}

/** `a` or `an`. */
export function article(noun: string): string {
  return /^[aeiou]/i.test(noun) ? 'an' : 'a';
}

/** A class that wraps what only this process has: `Socket`, `ReadStream`, `ChildProcess`, … */
export function wrapsNative(value: object): boolean {
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (key === '_handle' && isObject(descriptor?.value)) return true;
    if (typeof key === 'symbol' && NATIVE_SYMBOLS.has(key.description ?? '')) return true;
  }
  return false;
}

const NATIVE_SYMBOLS = new Set(['kHandle', 'async_id_symbol', 'kImpl', 'owner_symbol']);

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
