import { CodecError } from './errors.ts';
import { codecState } from './state.ts';

/**
 * Lets instances of `Class` (and the class itself) travel by name: both sides register it. They are rebuilt
 * without running the constructor, from their own properties; #private fields need a captured class.
 * What arrives is of the class that was registered last under its name: a module may be loaded anew, or once for each function
 * that imports it. Instances of classes registered before travel on.
 */
export function registerClass(Class: Function, name: string): void {
  if (typeof Class !== 'function' || typeof Class.prototype !== 'object' || Class.prototype === null) {
    throw new TypeError(`registerClass: expected a class, got ${String(Class)}`);
  }
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(
      `registerClass(${Class.name}, name): name must be a non-empty string, got ${String(name)}`,
    );
  }
  const state = codecState();
  const { classes, classNames } = state;
  const before = classes.get(name);
  if (before !== undefined && before !== Class) {
    classNames.delete(before);
    state.formerNames ??= new WeakMap();
    state.formerNames.set(before, name);
  }
  classes.set(name, Class);
  classNames.set(Class, name);
}

/** The name that a class was registered by, also where another one has it now. */
export function registeredName(Class: Function): string | undefined {
  const { classNames, formerNames } = codecState();
  return classNames.get(Class) ?? formerNames?.get(Class);
}

export function registeredClass(name: string): Function {
  const found = codecState().classes.get(name);
  if (found !== undefined) return found;
  throw new CodecError(
    'unsupported',
    `the message holds an instance of the registered class '${name}', which is not registered in this process ` +
      `(registerClass(Class, '${name}'))`,
  );
}
