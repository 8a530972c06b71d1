/**
 * The getters that transpilers and module runners write for exports: they do nothing but give a local variable.
 * esbuild `() => x` and `() => from[key]`, tsc `function () { return m.x; }`, vite `() => { try { return x } catch {} }`.
 */
const TARGET = String.raw`[\w$.]+(?:\[[\w$"']+\])?`;
const EXPORT_GETTER = new RegExp(
  `^(?:\\(\\)\\s*=>\\s*${TARGET}` +
    `|function\\s*\\(\\)\\s*\\{\\s*return ${TARGET};?\\s*\\}` +
    `|\\(\\)\\s*=>\\s*\\{\\s*try\\s*\\{\\s*return ${TARGET};?\\s*\\}\\s*catch\\s*\\{\\s*\\}\\s*;?\\s*\\})$`,
);

/**
 * What an object of exports or a namespace has under a name. A getter is run only if a transpiler wrote it: those
 * that a person wrote may do anything.
 */
export function exportedValue(exports: object, name: string): unknown {
  try {
    const descriptor = Object.getOwnPropertyDescriptor(exports, name);
    if (descriptor === undefined) return undefined;
    if (descriptor.get === undefined) return descriptor.value;
    const isTranspiled = EXPORT_GETTER.test(Function.prototype.toString.call(descriptor.get));
    return isTranspiled ? Reflect.apply(descriptor.get, exports, []) : undefined;
  } catch {
    return undefined; // a binding that is not initialised yet
  }
}
