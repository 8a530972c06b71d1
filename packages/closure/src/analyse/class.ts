import { child, flag, list, type Node, nameOf, word } from '../script/syntax.ts';
import type { Edits } from './edits.ts';
import { NAMES } from './names.ts';

/** What a captured class needs beside its text. */
export interface ClassShape {
  readonly hasSuperclass: boolean;
  /** Names of the methods and accessors in the class's text; undefined when some key is computed. */
  readonly methods: ReadonlySet<string> | undefined;
  /** Names of `#private` fields of instances, in order, with the `#`. */
  readonly privateFields: readonly string[];
  /** Names of `#private` static fields. */
  readonly privateStatics: readonly string[];
  /** Whether instances have any `#private` member, methods and accessors included. */
  readonly hasPrivates: boolean;
  /** Parts whose effect is in the class as it is now, so that they are not run again. */
  readonly dead: readonly Node[];
  /** Parts that run while the class is defined. */
  readonly atDefinition: readonly Node[];
}

/**
 * Rewrites a class so that it can be made again from what it is now: the superclass is given, static fields and
 * blocks are not run (the state that they left is copied), and a class with `#private` members can make an
 * instance without running the user's code.
 */
export function rewriteClass(node: Node, superclass: string, edits: Edits): ClassShape {
  const dead: Node[] = [];
  const atDefinition: Node[] = [];
  const methods = new Set<string>();
  const privateFields: string[] = [];
  const privateStatics: string[] = [];
  let hasComputedMethod = false;
  const body = child(node, 'body')!;
  const members = list(body, 'body');
  const parent = child(node, 'superClass');
  const hasPrivates = members.some((member) => isPrivate(member) && !flag(member, 'static'));

  if (parent !== undefined) {
    dead.push(parent);
    edits.replace(parent.start, parent.end, superclass);
  }
  for (const member of members) {
    const key = child(member, 'key');
    const value = child(member, 'value');
    const isField = member.type === 'PropertyDefinition';
    if (flag(member, 'computed') && key !== undefined) atDefinition.push(key);
    if (member.type === 'StaticBlock') {
      dead.push(member);
      edits.replace(member.start, member.end, '');
      continue;
    }
    if (member.type === 'MethodDefinition' && !isPrivate(member)) {
      if (flag(member, 'computed')) hasComputedMethod = true;
      else methods.add(nameOf(key) ?? String((key as unknown as { value: unknown }).value));
    }
    if (flag(member, 'static')) {
      if (isField && value !== undefined) {
        dead.push(value);
        edits.replace(value.start, value.end, 'void 0');
      }
      if (isField && isPrivate(member)) privateStatics.push(`#${nameOf(key)}`);
      continue;
    }
    if (isField && isPrivate(member)) privateFields.push(`#${nameOf(key)}`);
    if (!hasPrivates) continue;
    if (isField && value !== undefined) {
      edits.insert(value.start, `(${NAMES.runtime}.allocating ? void 0 : (`);
      edits.insert(value.end, '))');
    }
    if (word(member, 'kind') === 'constructor') {
      const enter = child(value, 'body')!.start + 1;
      const early = parent === undefined ? 'return;' : '{ super(); return; }';
      edits.insert(enter, ` if (${NAMES.runtime}.allocating) ${early}`);
    }
  }
  if (hasPrivates || privateStatics.length > 0) {
    edits.insert(body.start + 1, registration(privateFields, privateStatics));
  }
  return {
    hasSuperclass: parent !== undefined,
    methods: hasComputedMethod ? undefined : methods,
    privateFields,
    privateStatics,
    hasPrivates,
    dead,
    atDefinition,
  };
}

function isPrivate(member: Node): boolean {
  return child(member, 'key')?.type === 'PrivateIdentifier';
}

/** A static block, on the line of the opening brace: `#private` names can be used nowhere else. */
function registration(fields: readonly string[], statics: readonly string[]): string {
  const read = (target: string, names: readonly string[]): string =>
    `[${names.map((name) => `${target}.${name}`).join(', ')}]`;
  return (
    ` static { ${NAMES.runtime}.registerPrivates(this, { ` +
    `names: ${JSON.stringify(fields)}, staticNames: ${JSON.stringify(statics)}, ` +
    `get: (o) => ${read('o', fields)}, set: (o, v) => { ${write('o', fields)} }, ` +
    `getStatic: () => ${read('this', statics)}, setStatic: (v) => { ${write('this', statics)} } }); }`
  );
}

function write(target: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `[${names.map((name) => `${target}.${name}`).join(', ')}] = v;`;
}
