/**
 * Each window with what was read of it. The next one is being read while this one is looked at; who stops early does not wait for
 * it, as it would with `mapInOrder`.
 */
export async function* readAhead<W, R>(
  windows: readonly W[],
  read: (window: W) => Promise<R>,
): AsyncGenerator<readonly [W, R], void, undefined> {
  const [first, ...others] = windows;
  if (first === undefined) return;
  let window: W = first;
  let next = read(first);
  for (const other of others) {
    const done = await next;
    next = read(other);
    next.catch(() => undefined); // told when its turn has come
    yield [window, done];
    window = other;
  }
  yield [window, await next];
}
