/** Writes states and results of preloaded classes: by their names, and without `#private` fields, which only captured code can read. */
import { Session } from 'node:inspector';
import { CaptureError, crumbs, type FunctionEncoder } from '@skein/codec';

export const plainEncoder: FunctionEncoder = {
  encode(fn, path) {
    throw new CaptureError(
      crumbs(path),
      `the function ${fn.name || '(anonymous)'}, of which only this process has the code; keep and return data`,
    );
  },
  privates(instance, path) {
    if (!hasPrivates(instance)) return undefined;
    throw new CaptureError(
      crumbs(path),
      `its class ${instance.constructor.name} has #private members, which cannot be read from outside of a preloaded class; ` +
        'use ordinary fields (TypeScript: private), ship the class with @skein/closure instead of preloading it, or give it [portable]',
    );
  },
};

/** By class: instances are alike. */
const known = new WeakMap<object, boolean>();

function hasPrivates(instance: object): boolean {
  const prototype = Object.getPrototypeOf(instance) as object;
  let found = known.get(prototype);
  if (found === undefined) {
    found = mayHavePrivates(prototype) && countPrivates(instance) > 0;
    known.set(prototype, found);
  }
  return found;
}

/** A `#` in the text of a class may as well stand in a string: then the engine is asked. */
function mayHavePrivates(prototype: object): boolean {
  for (let up: object | null = prototype; up !== null; up = Object.getPrototypeOf(up) as object | null) {
    const Class: unknown = Object.getOwnPropertyDescriptor(up, 'constructor')?.value;
    if (typeof Class === 'function' && /#[\p{ID_Start}$_]/u.test(Function.prototype.toString.call(Class)))
      return true;
  }
  return false;
}

function countPrivates(instance: object): number {
  const session = new Session();
  session.connect();

  let count = 0;
  try {
    // The inspector reaches what an expression gives: a name for the instance, for a moment.
    const name = `skein${Math.random().toString(36).slice(2)}`;
    Object.defineProperty(globalThis, name, { value: instance, configurable: true });
    session.post('Runtime.evaluate', { expression: `globalThis.${name}` }, (failure, evaluated) => {
      const objectId = failure === null ? evaluated.result.objectId : undefined;
      if (objectId === undefined) return;
      session.post('Runtime.getProperties', { objectId, ownProperties: true }, (_failure, properties) => {
        // Missing in Node's types.
        count =
          (properties as { privateProperties?: readonly unknown[] } | undefined)?.privateProperties?.length ??
          0;
      });
    });
    Reflect.deleteProperty(globalThis, name);
  } finally {
    session.disconnect();
  }
  return count;
}
