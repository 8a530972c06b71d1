import type { PrivateMember } from '../inspect/function.ts';
import { privateKey } from '../private-key.ts';
import { recordOf } from './record.ts';

type Fields = Record<string, unknown>;

/**
 * How to pick the `#private` fields of an instance from what the engine lists; undefined when no class of it has
 * `#private` members. `check` is called with each class that has.
 */
export function privateFieldsOf(
  instance: object,
  check: (Class: Function) => void,
): ((members: readonly PrivateMember[]) => Fields) | undefined {
  const classes: { readonly names: readonly string[] }[] = [];
  for (let up: unknown = Object.getPrototypeOf(instance); up !== null; up = Object.getPrototypeOf(up)) {
    const Class: unknown = Object.getOwnPropertyDescriptor(up, 'constructor')?.value;
    if (typeof Class !== 'function') continue;
    const names = declaredPrivates(Class);
    if (names === undefined) continue;
    check(Class);
    classes.unshift({ names }); // base first, as the engine lists them
  }
  if (classes.length === 0) return undefined;
  return (members) => {
    const left = [...members];
    const fields: Fields = {};
    classes.forEach(({ names }, depth) => {
      for (const name of names) {
        const at = left.findIndex((member) => member.name === name);
        if (at >= 0) fields[privateKey(name, depth)] = left.splice(at, 1)[0]!.value;
      }
    });
    return fields;
  };
}

const declared = new WeakMap<Function, readonly string[] | null>();

/** Names of the fields that a class declares; undefined when it has no `#private` members of instances. */
function declaredPrivates(Class: Function): readonly string[] | undefined {
  let names = declared.get(Class);
  if (names === undefined) {
    names = null;
    const text = Function.prototype.toString.call(Class);
    if (text.startsWith('class') && text.includes('#')) {
      const record = recordOf(Class);
      const shape = record.kind === 'script' ? record.analysis?.shape : undefined;
      if (shape?.hasPrivates === true) names = shape.privateFields;
    }
    declared.set(Class, names);
  }
  return names ?? undefined;
}
