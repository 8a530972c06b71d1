import { arrayHasOnlyElements, hasNamedProperties, isIndex } from './arrays.ts';
import type { Encoder } from './encoder.ts';
import type { Kind } from './kinds.ts';
import { Crumb } from './path.ts';
import { isNative } from './realm.ts';
import { ATTRIBUTE, END_OF_PROPERTIES, NOTE } from './tags.ts';

const GETTER = new Crumb('[[Get]]');
const SETTER = new Crumb('[[Set]]');
const KEY = new Crumb('[[Key]]');

/** An own property that its kind of object does not have by itself. */
export interface OwnProperty {
  readonly key: string | symbol;
  readonly descriptor: PropertyDescriptor;
}

/** The own properties that a body of this kind does not already say. No getter runs. */
export function ownProperties(object: object, kind: Kind): OwnProperty[] {
  if (kind === 'array' && arrayHasOnlyElements(object as unknown[])) return [];
  if (kind === 'view' && viewHasOnlyElements(object as ArrayBufferView)) return [];
  const out: OwnProperty[] = [];
  for (const key of Reflect.ownKeys(object)) {
    if (belongsToBody(key, kind)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(object, key)!;
    out.push({
      key,
      descriptor:
        (kind === 'error' || kind === 'domException') && key === 'stack'
          ? asData(object, descriptor)
          : descriptor,
    });
  }
  return out;
}

/** A string key with a plain, changeable, visible value. */
export function isSimple({ key, descriptor }: OwnProperty): boolean {
  return (
    typeof key === 'string' &&
    descriptor.writable === true &&
    descriptor.enumerable === true &&
    descriptor.configurable === true
  );
}

/**
 * Writes properties with their attributes, to an end mark. `mayDrop`: a property of an error that cannot travel
 * is left out and reported, where the encoder was told to whom.
 */
export function writeProperties(encoder: Encoder, own: readonly OwnProperty[], mayDrop: boolean): void {
  const { dropped } = encoder;
  for (const property of own) {
    if (mayDrop && dropped !== undefined) encoder.attempt(() => writeProperty(encoder, property), dropped);
    else writeProperty(encoder, property);
  }
  encoder.byte(END_OF_PROPERTIES);
}

function writeProperty(encoder: Encoder, { key, descriptor }: OwnProperty): void {
  const accessor = descriptor.get !== undefined || descriptor.set !== undefined || !('value' in descriptor);
  encoder.byte(
    (descriptor.enumerable ? ATTRIBUTE.enumerable : 0) |
      (descriptor.configurable ? ATTRIBUTE.configurable : 0) |
      (descriptor.writable ? ATTRIBUTE.writable : 0) |
      (accessor ? ATTRIBUTE.accessor : 0) |
      (typeof key === 'symbol' ? ATTRIBUTE.symbol : 0),
  );
  if (typeof key === 'symbol') encoder.child(key, KEY);
  else encoder.string(key);
  if (accessor) {
    encoder.within(key, () => {
      encoder.child(descriptor.get, GETTER);
      encoder.child(descriptor.set, SETTER);
    });
  } else encoder.child(descriptor.value, key);
}

/** The note that says how far an object may still be changed. */
export function integrity(object: object): number {
  if (Object.isExtensible(object)) return 0;
  if (Object.isFrozen(object)) return NOTE.frozen;
  return Object.isSealed(object) ? NOTE.sealed : NOTE.inextensible;
}

/** The value of an own data property; accessors count as absent. */
export function ownData(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function belongsToBody(key: string | symbol, kind: Kind): boolean {
  if (typeof key === 'symbol') return false;
  switch (kind) {
    case 'array':
    case 'boxed':
      return key === 'length' || isIndex(key);
    case 'view':
      return isIndex(key);
    case 'regexp':
      return key === 'lastIndex';
    default:
      return false;
  }
}

function viewHasOnlyElements(view: ArrayBufferView): boolean {
  if (Object.getOwnPropertySymbols(view).length > 0) return false;
  if (view.byteLength <= 64) return Object.getOwnPropertyNames(view).every(isIndex);
  return !(view instanceof DataView) && !hasNamedProperties(view)
    ? true
    : Object.keys(view).every(isIndex) && Object.getOwnPropertyNames(view).every(isIndex);
}

/** `stack` is text, which newer V8 keeps behind a getter of its own; a user's getter stays one. */
function asData(error: object, descriptor: PropertyDescriptor): PropertyDescriptor {
  if (descriptor.get === undefined || !isNative(descriptor.get)) return descriptor;
  const value: unknown = Reflect.get(error, 'stack');
  return { value, writable: true, configurable: true, enumerable: false };
}
