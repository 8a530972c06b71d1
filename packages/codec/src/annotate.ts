import { writeArray } from './arrays.ts';
import { writeBody } from './bodies.ts';
import { registeredName } from './classes.ts';
import type { Encoder } from './encoder.ts';
import { HandleError } from './errors.ts';
import { intrinsicName } from './intrinsics.ts';
import { defaultPrototype, type Kind, kindOf } from './kinds.ts';
import { Crumb } from './path.ts';
import { ownPortable, portable } from './portable.ts';
import {
  integrity,
  isSimple,
  type OwnProperty,
  ownData,
  ownProperties,
  writeProperties,
} from './properties.ts';
import { localPrototype } from './realm.ts';
import { article, className, whyNot, wrapsNative } from './refused.ts';
import { NOTE, TAG } from './tags.ts';

const PROTOTYPE = new Crumb('[[Prototype]]');
const PRIVATES = new Crumb('#private');

/** Writes every object that is not simply data: it knows prototypes, attributes, handles and built-ins. */
export function writeAnnotated(encoder: Encoder, object: object, actual: object | null): void {
  const intrinsic = intrinsicName(object);
  if (intrinsic !== undefined) {
    encoder.byte(TAG.intrinsic);
    encoder.string(intrinsic);
    encoder.born(object);
    return;
  }
  const owner = ownData(object, 'constructor');
  if (typeof owner === 'function' && owner.prototype === object) {
    writePrototypeOf(encoder, object, owner);
    return;
  }
  const maker = actual === null ? undefined : ownData(actual, 'constructor');
  if (typeof maker === 'function' && portable in maker) {
    writeHandle(encoder, object, maker);
    return;
  }

  const kind = kindOf(object);
  const prototype = kind === 'error' ? errorPrototype(actual) : localPrototype(actual);
  if (kind === 'object') refuseUnshippable(encoder, object, prototype);
  const inherits = prototype !== defaultPrototype(kind, object);
  const own = ownProperties(object, kind);
  const simple = kind === 'object' && own.every(isSimple);
  if (inherits && typeof maker === 'function' && !encoder.has(prototype) && !isKnown(maker)) {
    encoder.functions?.instanceOf?.(maker, encoder.path());
  }
  const privates = inherits ? encoder.functions?.privates?.(object, encoder.path()) : undefined;

  let flags = integrity(object);
  if (inherits) flags |= NOTE.prototype;
  if (own.length > 0 && !simple) flags |= NOTE.properties;
  if (privates !== undefined) flags |= NOTE.privates;
  if (flags !== 0) {
    encoder.byte(TAG.annotated);
    encoder.byte(flags);
  }
  if (inherits) {
    writePrototype(encoder, prototype, kind, own);
    // A class that captured this very object has written it meanwhile.
    if (encoder.has(object)) {
      encoder.byte(TAG.already);
      encoder.again(object);
      return;
    }
  }
  writeWhole(encoder, object, kind, simple);
  if (flags & NOTE.properties) writeProperties(encoder, own, kind === 'error' || kind === 'domException');
  if (privates !== undefined) encoder.child(privates, PRIVATES);
}

function writeWhole(encoder: Encoder, object: object, kind: Kind, simple: boolean): void {
  if (kind === 'array') {
    writeArray(encoder, object as unknown[]);
    return;
  }
  if (kind !== 'object') {
    writeBody(encoder, object, kind);
    return;
  }
  if (simple && encoder.plain(object)) return;
  encoder.born(object);
  encoder.byte(TAG.dictionary);
  encoder.varint(0);
}

function writePrototypeOf(encoder: Encoder, prototype: object, owner: Function): void {
  encoder.byte(TAG.prototypeOf);
  encoder.child(owner, new Crumb(`class ${owner.name || '(anonymous)'}`));
  if (encoder.has(prototype)) {
    encoder.byte(TAG.already);
    encoder.again(prototype);
    return;
  }
  encoder.byte(TAG.null);
  encoder.born(prototype);
}

function writeHandle(encoder: Encoder, object: object, owner: Function): void {
  const descriptor = ownPortable(owner);
  if (descriptor === undefined) {
    throw new HandleError(
      'bad-class',
      owner.name,
      `class ${owner.name} extends a handle class but has no static [portable] of its own: ` +
        'it would come back as the class it extends',
    );
  }
  encoder.handle(object, descriptor);
}

function refuseUnshippable(encoder: Encoder, object: object, prototype: object | null): void {
  const reason = whyNot(object);
  if (reason !== undefined) encoder.refuse(reason);
  // Instances of one class are alike: the first one is looked at.
  if (prototype === null || prototype === Object.prototype || encoder.has(prototype)) return;
  if (!wrapsNative(object)) return;
  const name = className(object);
  encoder.refuse(
    `${article(name)} ${name}, which belongs to this process; ` +
      'create it inside the function, or ship what is needed to open it',
  );
}

/** The errors that Node throws have unnamed classes between them and `TypeError`, which say so by a getter. */
function errorPrototype(actual: object | null): object | null {
  let prototype = actual;
  while (prototype !== null) {
    const owner = Object.getOwnPropertyDescriptor(prototype, 'constructor');
    if (owner?.get === undefined) break;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return localPrototype(prototype);
}

/** Whether a class travels by its name. */
function isKnown(maker: Function): boolean {
  return intrinsicName(maker) !== undefined || registeredName(maker) !== undefined;
}

/** The step to a prototype; none to that of a class, which names itself. */
function writeAs(encoder: Encoder, prototype: object | null): void {
  const owner = prototype === null ? undefined : ownData(prototype, 'constructor');
  if (typeof owner === 'function' && owner.prototype === prototype) encoder.value(prototype);
  else encoder.child(prototype, PROTOTYPE);
}

/**
 * The prototype. Where the encoder may drop what cannot travel, an error whose class cannot becomes the nearest
 * class above that can, and keeps its name as a property.
 */
function writePrototype(encoder: Encoder, prototype: object | null, kind: Kind, own: OwnProperty[]): void {
  const { dropped } = encoder;
  if (kind !== 'error' || dropped === undefined || prototype === null) {
    writeAs(encoder, prototype);
    return;
  }
  let failed = false;
  encoder.attempt(
    () => writeAs(encoder, prototype),
    (failure) => {
      failed = true;
      dropped(failure);
    },
  );
  if (!failed) return;
  const name = ownData(prototype, 'name') ?? className(Object.create(prototype) as object);
  if (!own.some(({ key }) => key === 'name')) {
    own.push({
      key: 'name',
      descriptor: { value: name, writable: true, configurable: true, enumerable: false },
    });
  }
  writePrototype(encoder, localPrototype(Object.getPrototypeOf(prototype) as object | null), kind, own);
}
