/** For the `default` of a switch over a closed union: a new member is a type error there. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected: ${JSON.stringify(value)}`);
}
