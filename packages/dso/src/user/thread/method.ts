/** Finds the method that a name means: one that a class of the object's has, and no other function. */
import { nearest } from '@skein/config';
import { Problem } from './problem.ts';

type Method = (this: object, ...args: unknown[]) => unknown;

/**
 * Methods are those of the classes from the instance's own up to, and without, `Object`. Functions in fields are not:
 * they are data, which cannot travel. `constructor` is not, and no getter: reading would look like a call.
 *
 * @throws Problem no-such-method, with the nearest name or all of them
 */
export function findMethod(instance: object, name: string, label: string): Method {
  if (name !== 'constructor') {
    for (const prototype of prototypesOf(instance)) {
      const property = Object.getOwnPropertyDescriptor(prototype, name);
      if (property === undefined) continue;
      if (typeof property.value === 'function') return property.value as Method;
      break; // hides whatever is above
    }
  }
  throw new Problem('no-such-method', `${label} cannot be called: ${whyNot(instance, name)}`);
}

function whyNot(instance: object, name: string): string {
  const named = className(instance);
  if (name === 'constructor') return 'the constructor makes new objects, it is no method';
  const own = Object.getOwnPropertyDescriptor(instance, name);
  if (own !== undefined) return `${name} is a field of ${named}; add a method that gives it`;
  for (const prototype of prototypesOf(instance)) {
    const property = Object.getOwnPropertyDescriptor(prototype, name);
    if (property?.get !== undefined) return `${name} is a getter of ${named}; add a method that gives it`;
  }
  const names = methodNames(instance);
  const near = nearest(name, names);
  if (near !== undefined) return `${named} has no method '${name}'; did you mean '${near}'?`;
  return `${named} has no method '${name}'; it has ${names.join(', ') || 'none'}`;
}

function methodNames(instance: object): string[] {
  const names = new Set<string>();
  for (const prototype of prototypesOf(instance)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name !== 'constructor' && typeof property.value === 'function') names.add(name);
    }
  }
  return [...names];
}

function* prototypesOf(instance: object): Generator<object> {
  for (
    let up = Object.getPrototypeOf(instance) as object | null;
    up !== null && up !== Object.prototype;
    up = Object.getPrototypeOf(up) as object | null
  )
    yield up;
}

export function className(instance: object): string {
  const Class: unknown = (instance as { constructor?: unknown }).constructor;
  return typeof Class === 'function' && Class.name !== '' ? Class.name : 'the object';
}
