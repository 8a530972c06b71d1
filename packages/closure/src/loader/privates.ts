import type { PrivateAccess } from '../captured-code.ts';
import { privateKey } from '../private-key.ts';

/** How to reach the `#private` members of captured classes; the classes register themselves when they are made. */
const accesses = new WeakMap<Function, PrivateAccess>();

/** Whether a captured class is asked for an instance without running its code. */
export let allocating: boolean = false;

/** Called by captured classes. */
export function registerPrivates(target: Function, access: PrivateAccess): void {
  accesses.set(target, access);
}

/** The access to a class's `#private` members, if it has any and was captured. */
export function privateAccess(target: Function): PrivateAccess | undefined {
  return accesses.get(target);
}

/**
 * An instance that inherits from `prototype` and has the `#private` members of all its classes, made without
 * running the user's constructors: the class at the bottom of the chain makes the object, and each class above it
 * adds its members by constructing on top of it.
 */
export function allocate(prototype: object): object {
  const chain = classesOf(prototype);
  const [bottom] = chain;
  if (bottom === undefined) return Object.create(prototype) as object;
  allocating = true;
  try {
    const parent: unknown = Object.getPrototypeOf(bottom);
    const makes = privateAccess(bottom) !== undefined && parent === Function.prototype;
    const native = parent === Function.prototype ? undefined : (parent as Function | null);
    let object: object;
    if (makes) object = Reflect.construct(bottom, []) as object;
    else if (native !== undefined && native !== null) object = Reflect.construct(native, []) as object;
    else object = {};
    for (const Class of makes ? chain.slice(1) : chain) {
      if (privateAccess(Class) !== undefined) object = addMembers(Class, object);
    }
    return Object.setPrototypeOf(object, prototype) as object;
  } finally {
    allocating = false;
  }
}

/** Sets the fields of an instance from a message. */
export function setPrivates(instance: object, fields: Readonly<Record<string, unknown>>): void {
  const classes = classesOf(Object.getPrototypeOf(instance) as object).flatMap(
    (Class) => privateAccess(Class) ?? [],
  );
  classes.forEach((access, depth) => {
    access.set(
      instance,
      access.names.map((name) => fields[privateKey(name, depth)]),
    );
  });
}

/**
 * The fields of an instance, as {@link setPrivates} takes them; undefined when it has none.
 *
 * @param foreign - called with each class of the user's that was not captured: it may have members of its own.
 */
export function getPrivates(
  instance: object,
  foreign: (Class: Function) => void,
): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = {};
  let depth = 0;
  for (const Class of classesOf(Object.getPrototypeOf(instance) as object)) {
    const access = privateAccess(Class);
    if (access === undefined) foreign(Class);
    else {
      const values = access.get(instance);
      access.names.forEach((name, i) => {
        fields[privateKey(name, depth)] = values[i];
      });
      depth++;
    }
  }
  return depth === 0 ? undefined : fields;
}

/** Runs a class's constructor (which does nothing now but add members) with a superclass that gives `object`. */
function addMembers(Class: Function, object: object): object {
  const parent = Object.getPrototypeOf(Class) as object | null;
  Object.setPrototypeOf(Class, function give() {
    return object;
  });
  try {
    return Reflect.construct(Class, []) as object;
  } finally {
    Object.setPrototypeOf(Class, parent);
  }
}

/** The user's classes of a prototype, base first; ends where the runtime's own begin. */
function classesOf(prototype: object): Function[] {
  const classes: Function[] = [];
  for (let up: object | null = prototype; up !== null; up = Object.getPrototypeOf(up) as object | null) {
    const Class: unknown = Object.getOwnPropertyDescriptor(up, 'constructor')?.value;
    if (typeof Class !== 'function' || Function.prototype.toString.call(Class).endsWith('{ [native code] }'))
      break;
    classes.unshift(Class);
  }
  return classes;
}
