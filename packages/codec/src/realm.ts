/**
 * Test runners run every file in a realm of its own: the same `Map.prototype` exists several times. Values are
 * recognised by `util.types`, and another realm's built-in prototype counts as the one of the same name here.
 */
const local = new WeakMap<object, object>();

/** `prototype`, or what it is called in this realm when it is another realm's built-in. */
export function localPrototype(prototype: object | null): object | null {
  if (prototype === null || prototype === Object.prototype) return prototype;
  const known = local.get(prototype);
  if (known !== undefined) return known;
  const found = sameName(prototype) ?? prototype;
  local.set(prototype, found);
  return found;
}

function sameName(prototype: object): object | undefined {
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof owner !== 'function' || owner.prototype !== prototype) return undefined;
  const mine: unknown = Object.getOwnPropertyDescriptor(globalThis, owner.name)?.value;
  if (typeof mine !== 'function' || mine === owner || !isNative(owner)) return undefined;
  const own: unknown = mine.prototype;
  return typeof own === 'object' && own !== null ? own : undefined;
}

/** Whether a function is the runtime's own, as its text says. */
export function isNative(fn: Function): boolean {
  return Function.prototype.toString.call(fn).endsWith('{ [native code] }');
}
