/** The trivial call, as a file that thread pools can load. */
export default function increment(n) {
  return n + 1;
}

/** The same for a slice of calls: what users of a thread pool write by hand. */
export function incrementAll(slice) {
  return slice.map(increment);
}

export function same(value) {
  return value;
}
