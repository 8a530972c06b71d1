import { CodecError } from './errors.ts';
import { codecState } from './state.ts';

/**
 * Lets instances of `Class` (and the class itself) travel by name: both sides register it. They are rebuilt
 * without running the constructor, from their own properties; #private fields need a captured class.
 * Registering another class under a used name replaces it, as a reloaded module does.
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
  const { classes, classNames } = codecState();
  const before = classes.get(name);
  if (before !== undefined && before !== Class) classNames.delete(before);
  classes.set(name, Class);
  classNames.set(Class, name);
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
