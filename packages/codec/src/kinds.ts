import { types } from 'node:util';
import { localPrototype } from './realm.ts';

/** What an object is by its internal slots, whatever its prototype says. */
export type Kind =
  | 'object'
  | 'array'
  | 'map'
  | 'set'
  | 'date'
  | 'regexp'
  | 'error'
  | 'boxed'
  | 'buffer'
  | 'view'
  | 'url'
  | 'searchParams'
  | 'domException';

const hrefOf = Object.getOwnPropertyDescriptor(URL.prototype, 'href')!.get as (this: unknown) => string;

/** The kind of an object that is no Proxy. */
export function kindOf(value: object): Kind {
  if (Array.isArray(value)) return 'array';
  if (types.isNativeError(value)) return inherits(value, 'DOMException') ? 'domException' : 'error';
  if (types.isMap(value)) return 'map';
  if (types.isSet(value)) return 'set';
  if (types.isDate(value)) return 'date';
  if (types.isRegExp(value)) return 'regexp';
  if (ArrayBuffer.isView(value)) return 'view';
  if (types.isArrayBuffer(value)) return 'buffer';
  if (types.isBoxedPrimitive(value)) return 'boxed';
  if (inherits(value, 'URL') && isUrl(value)) return 'url';
  if (inherits(value, 'URLSearchParams') && isSearchParams(value)) return 'searchParams';
  if (inherits(value, 'DOMException') && isDomException(value)) return 'domException';
  return 'object';
}

/** The built-ins that are met often, by the prototype that they have when nobody changed it. */
const ORDINARY = new Map<object | null, 'map' | 'set' | 'date'>([
  [Map.prototype, 'map'],
  [Set.prototype, 'set'],
  [Date.prototype, 'date'],
]);

/** The kind of a built-in without own properties, such as nearly all are; undefined where it takes a closer look. */
export function ordinaryKind(object: object, prototype: object | null): 'map' | 'set' | 'date' | undefined {
  const kind = ORDINARY.get(prototype);
  if (kind === undefined || kindOf(object) !== kind || !Object.isExtensible(object)) return undefined;
  if (Object.getOwnPropertyNames(object).length > 0) return undefined;
  return Object.getOwnPropertySymbols(object).length > 0 ? undefined : kind;
}

/** The prototype that a body of this kind gets without a note. */
export function defaultPrototype(kind: Kind, value: object): object {
  switch (kind) {
    case 'object':
      return Object.prototype;
    case 'array':
      return Array.prototype;
    case 'map':
      return Map.prototype;
    case 'set':
      return Set.prototype;
    case 'date':
      return Date.prototype;
    case 'regexp':
      return RegExp.prototype;
    case 'error':
      return Error.prototype;
    case 'buffer':
      return ArrayBuffer.prototype;
    case 'url':
      return URL.prototype;
    case 'searchParams':
      return URLSearchParams.prototype;
    case 'domException':
      return DOMException.prototype;
    case 'boxed':
      return Object.getPrototypeOf(Object(unbox(value))) as object;
    case 'view':
      return Buffer.isBuffer(value) ? Buffer.prototype : viewConstructor(viewName(value)).prototype;
  }
}

/** The primitive inside a boxed one. */
export function unbox(value: object): unknown {
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value);
  return Symbol.prototype.valueOf.call(value);
}

const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get as (this: unknown) => string | undefined;

/** `Float64Array`, `DataView`, …: by the internal slot, so a changed prototype does not deceive it. */
export function viewName(value: object): string {
  return typedArrayName.call(value) ?? 'DataView';
}

type ViewConstructor = new (buffer: ArrayBuffer, offset?: number, length?: number) => ArrayBufferView;

/** The constructor of a view by name; undefined-safe for runtimes without Float16Array. */
export function viewConstructor(name: string): ViewConstructor {
  return (globalThis as unknown as Record<string, ViewConstructor>)[name]!;
}

function inherits(value: object, name: string): boolean {
  for (
    let up = Object.getPrototypeOf(value) as object | null;
    up !== null;
    up = Object.getPrototypeOf(up) as object | null
  ) {
    const owner: unknown = Object.getOwnPropertyDescriptor(up, 'constructor')?.value;
    if (typeof owner === 'function' && owner.name === name) {
      const local = localPrototype(up);
      return local === (globalThis as unknown as Record<string, Function>)[name]?.prototype;
    }
  }
  return false;
}

function isUrl(value: object): boolean {
  return passes(() => hrefOf.call(value));
}

function isSearchParams(value: object): boolean {
  return passes(() => URLSearchParams.prototype.toString.call(value));
}

function isDomException(value: object): boolean {
  return passes(() => Reflect.get(DOMException.prototype, 'code', value));
}

/** Whether a built-in accepts its receiver. */
function passes(probe: () => unknown): boolean {
  try {
    probe();
    return true;
  } catch {
    return false;
  }
}
