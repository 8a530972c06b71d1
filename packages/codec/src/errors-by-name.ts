/**
 * Makes `instanceof` of a package's errors look at their name and code: the copy of the package that made one need not be
 * the copy that asks, and one that comes from another process is a plain Error with the same fields.
 *
 * @param Base of all of them; any that has one of the names is one
 * @param names of the classes, the base among them. A user's subclasses are asked as ever
 */
export function knowByName(Base: Function, names: ReadonlyMap<unknown, string>): void {
  const all = new Set(names.values());
  Object.defineProperty(Base, Symbol.hasInstance, {
    value(this: Function, error: unknown): boolean {
      if (Function.prototype[Symbol.hasInstance].call(this, error)) return true;
      if (!names.has(this) || !(error instanceof Error)) return false;
      const { name, code } = error as { readonly name: string; readonly code?: unknown };
      return typeof code === 'string' && (this === Base ? all.has(name) : name === names.get(this));
    },
  });
}
