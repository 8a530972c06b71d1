/** Takes out of the first set, then of the others, at most so many; also what is added while they are looked at. */
export function* taken<T>(sets: readonly Set<T>[], most: number): Generator<T, void, undefined> {
  let left = most;
  for (const set of sets) {
    for (const one of set) {
      if (left-- === 0) return;
      set.delete(one);
      yield one;
    }
  }
}
