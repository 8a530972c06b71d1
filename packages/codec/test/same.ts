import { types } from 'node:util';

/** The first difference between two graphs, or undefined: prototypes, attributes, holes, -0 and sharing count. */
export function difference(a: unknown, b: unknown): string | undefined {
  const pairs = new Map<unknown, unknown>();
  const back = new Map<unknown, unknown>();
  const compare = (x: unknown, y: unknown, at: string): string | undefined => {
    if (!isObject(x) || !isObject(y))
      return Object.is(x, y) ? undefined : `${at}: ${String(x)} and ${String(y)}`;
    if (pairs.has(x) || back.has(y)) {
      return pairs.get(x) === y && back.get(y) === x ? undefined : `${at}: shared differently`;
    }
    pairs.set(x, y);
    back.set(y, x);
    if (Object.getPrototypeOf(x) !== Object.getPrototypeOf(y)) return `${at}: other prototypes`;
    const slots = compareSlots(x, y, at);
    if (slots !== undefined) return slots;
    const keys = Reflect.ownKeys(x);
    const others = Reflect.ownKeys(y);
    if (keys.length !== others.length) return `${at}: keys ${keys.map(String)} and ${others.map(String)}`;
    for (const [i, key] of keys.entries()) {
      if (key !== others[i]) return `${at}: keys in other order at ${String(key)}`;
      const dx = Object.getOwnPropertyDescriptor(x, key)!;
      const dy = Object.getOwnPropertyDescriptor(y, key)!;
      for (const name of ['enumerable', 'configurable', 'writable'] as const) {
        if (dx[name] !== dy[name]) return `${at}.${String(key)}: ${name} differs`;
      }
      const found = compare(dx.value, dy.value, `${at}.${String(key)}`);
      if (found !== undefined) return found;
    }
    return Object.isExtensible(x) === Object.isExtensible(y) ? undefined : `${at}: other integrity`;
  };
  const compareSlots = (x: object, y: object, at: string): string | undefined => {
    for (const is of [
      types.isMap,
      types.isSet,
      types.isDate,
      types.isRegExp,
      types.isNativeError,
      Array.isArray,
    ]) {
      if (is(x) !== is(y)) return `${at}: other kinds`;
    }
    if (types.isMap(x) && types.isMap(y)) return compare([...x], [...y], `${at}<entries>`);
    if (types.isSet(x) && types.isSet(y)) return compare([...x], [...y], `${at}<items>`);
    if (types.isDate(x) && types.isDate(y)) return compare(x.getTime(), y.getTime(), `${at}<time>`);
    if (types.isRegExp(x) && types.isRegExp(y)) return compare(String(x), String(y), `${at}<regexp>`);
    return undefined;
  };
  return compare(a, b, 'value');
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
