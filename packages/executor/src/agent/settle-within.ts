/**
 * A function may return futures, or promises, within arrays and plain objects: what they come to is the result. The
 * value itself is left as it was.
 */
export async function settleWithin(value: unknown, seen: Map<object, unknown> = new Map()): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if ('then' in value && typeof value.then === 'function')
    return settleWithin(await (value as PromiseLike<unknown>), seen);
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list: unknown[] = new Array(value.length);
    seen.set(value, list);
    for (const [i, one] of value.entries()) list[i] = await settleWithin(one, seen);
    return list;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const object: Record<string, unknown> = {};
  seen.set(value, object);
  for (const [key, one] of Object.entries(value)) object[key] = await settleWithin(one, seen);
  return object;
}
