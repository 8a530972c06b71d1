/** The key of a `#private` field in a message; `depth` counts the classes with `#private` members from the base. */
export function privateKey(name: string, depth: number): string {
  return depth === 0 ? name : `${name}@${depth}`;
}
