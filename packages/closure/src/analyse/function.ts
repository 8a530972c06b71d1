import type { Script } from '../script/script.ts';
import { child, flag, type Node, nameOf, parse, textOf, word } from '../script/syntax.ts';
import { type ClassShape, rewriteClass } from './class.ts';
import { type EditedText, Edits } from './edits.ts';
import { NAMES } from './names.ts';
import { type FreeVariable, freeVariables } from './variables.ts';

/** A function's code, understood once: what it needs from outside, and its text made ready to be emitted. */
export interface FunctionAnalysis {
  readonly script: Script;
  readonly node: Node;
  readonly form: FunctionForm;
  /** Its own name in the text; `undefined` where the name comes from outside (`const f = () => …`). */
  readonly free: readonly FreeVariable[];
  /** Present for classes. */
  readonly shape: ClassShape | undefined;
  /** An arrow that uses the `this` of its surroundings. */
  readonly usesThis: boolean;
  /** Uses `import.meta`. */
  readonly usesMeta: boolean;
  /** Has a dynamic `import()` or a `require` call that a bundler must see. */
  readonly importsWithin: boolean;
  /** By imported name, and for `exports`: `''` where it is used as it is, else the members that are read of it. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly code: EditedText;
  /** Offsets in the script that have a mapping. */
  readonly points: readonly number[];
  /** Why it cannot travel. */
  readonly problem: string | undefined;
}

/** How the text of a function has to be wrapped to be an expression. */
export type FunctionForm = 'function' | 'class' | 'method' | 'get' | 'set';

/** Names of the counters that coverage tools add to every statement. */
export const COVERAGE: RegExp = /^(?:__cov_|cov_|_\$jscoverage)/;

/** Understands the function at `node`, whose text is `text`. */
export function analyseFunction(script: Script, node: Node, text: string): FunctionAnalysis {
  const edits = new Edits();
  const start = node.end - text.length;
  const isClass = node.type.startsWith('Class');
  const isArrow = node.type === 'ArrowFunctionExpression';
  const shape = isClass ? rewriteClass(node, `${NAMES.before}[0]`, edits) : undefined;
  const within =
    (parts: readonly Node[] = []) =>
    (use: Node): boolean =>
      parts.some((part) => use.start >= part.start && use.end <= part.end);
  const isDead = within(shape?.dead);
  const free = freeVariables(script, node, { isDead, isAtDefinition: within(shape?.atDefinition) });
  const found = lookThrough(node, edits, isDead);
  let problem = found.problem;
  const form = start < node.start ? methodForm(text) : isClass ? 'class' : 'function';

  if (form !== 'function' && form !== 'class') {
    if (found.usesSuper)
      problem ??=
        'a method that uses `super` cannot travel without its object; wrap it: (x) => object.method(x)';
    if (text.includes('#') && usesForeignPrivate(node)) problem ??= FOREIGN_PRIVATE;
    edits.replace(start, node.start, methodHead(node, form));
  } else if (!isClass && usesForeignPrivate(node)) {
    problem ??= FOREIGN_PRIVATE;
  }
  // The name of a declaration is a variable of its surroundings; inside an expression it would be a constant of its own.
  const id = child(node, 'id');
  if (node.type === 'FunctionDeclaration' && id !== undefined) edits.replace(id.start, id.end, '');
  if (isArrow && found.usesOuterArguments) {
    problem ??=
      'the arrow function uses `arguments` of the function around it; give that function (...args) and use args';
  }
  if (found.callsEval) problem ??= 'it calls eval() directly, so the variables that it uses cannot be known';

  let shared = 0;
  for (const variable of free) {
    if (variable.role.kind === 'shared') {
      const target = `${NAMES.shared}${shared++}.${variable.name}`;
      for (const use of variable.uses) replaceUse(edits, found.parents, use, target);
    } else if (variable.name === '__vite_ssr_dynamic_import__') {
      for (const use of variable.uses) edits.replace(use.start, use.end, 'import');
    } else if (variable.name === '__vite_ssr_import_meta__') {
      for (const use of variable.uses) edits.replace(use.start, use.end, NAMES.meta);
    }
  }
  const code = edits.apply(script.source.text, start, node.end);
  if (!script.source.isModule) problem ??= sloppyProblem(form, code.text);
  return {
    script,
    node,
    form,
    free: free.filter(({ name }) => !/^__vite_ssr_(?:dynamic_import|import_meta)__$/.test(name)),
    shape,
    usesThis: isArrow && found.usesThis,
    usesMeta:
      found.usesMeta ||
      free.some(({ name }) => /^(?:__vite_ssr_import_meta__|__filename|__dirname)$/.test(name)),
    importsWithin: found.importsWithin || free.some(({ name }) => name === '__vite_ssr_dynamic_import__'),
    members: membersOf(free, found.parents),
    code,
    points: found.points,
    problem,
  };
}

function membersOf(
  free: readonly FreeVariable[],
  parents: ReadonlyMap<Node, Node>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { name, role, uses } of free) {
    if (role.kind !== 'import' && role.kind !== 'exports') continue;
    const members = new Set<string>();
    for (const use of uses) {
      const member = memberRead(use, parents);
      // Of `module`, what matters is what is read of `module.exports`.
      const inner =
        name === 'module' && member?.name === 'exports' ? memberRead(member.node, parents) : member;
      members.add(inner?.name ?? '');
    }
    found.set(name, [...members]);
  }
  return found;
}

/** A bundle is strict-mode code; that of CommonJS need not be. */
function sloppyProblem(form: FunctionForm, text: string): string | undefined {
  try {
    parse(form === 'function' || form === 'class' ? `(${text})` : `({${text}})`, 'module');
    return undefined;
  } catch (error) {
    return `its code is not valid in strict mode (${(error as Error).message}), in which it runs elsewhere`;
  }
}

function memberRead(use: Node, parents: ReadonlyMap<Node, Node>): { name: string; node: Node } | undefined {
  const node = parents.get(use);
  if (node?.type !== 'MemberExpression' || child(node, 'object') !== use || flag(node, 'computed'))
    return undefined;
  return { name: nameOf(child(node, 'property'))!, node };
}

const FOREIGN_PRIVATE =
  'it uses #private members of a class around it and cannot travel without that class; wrap it: (x) => object.method(x)';

interface Findings {
  readonly points: readonly number[];
  readonly parents: ReadonlyMap<Node, Node>;
  readonly usesThis: boolean;
  readonly usesSuper: boolean;
  readonly usesOuterArguments: boolean;
  readonly usesMeta: boolean;
  readonly importsWithin: boolean;
  readonly callsEval: boolean;
  readonly problem: string | undefined;
}

/** One walk over a function for all that scopes do not tell. */
function lookThrough(root: Node, edits: Edits, isDead: (node: Node) => boolean): Findings {
  const parents = new Map<Node, Node>();
  const points: number[] = [];
  const found = {
    usesThis: false,
    usesSuper: false,
    usesOuterArguments: false,
    usesMeta: false,
    importsWithin: false,
    callsEval: false,
  };
  let problem: string | undefined;
  const isArrow = root.type === 'ArrowFunctionExpression';
  // Whether `this` here is that of the root's surroundings (arrow) or of the root itself (method).
  const visit = (node: Node, own: boolean): void => {
    if (isDead(node)) return;
    points.push(node.start);
    switch (node.type) {
      case 'ThisExpression':
        if (own && isArrow) {
          found.usesThis = true;
          edits.replace(node.start, node.end, NAMES.self);
        }
        break;
      case 'Super':
        if (own) found.usesSuper = true;
        break;
      case 'Identifier':
        if (own && isArrow && nameOf(node) === 'arguments') found.usesOuterArguments = true;
        break;
      case 'MetaProperty':
        if (nameOf(child(node, 'meta')) === 'import') {
          found.usesMeta = true;
          edits.replace(node.start, node.end, NAMES.meta);
        } else if (own && isArrow) {
          problem ??= 'the arrow function uses `new.target` of the function around it, which cannot travel';
        }
        break;
      case 'ImportExpression':
        if (textOf(child(node, 'source'))?.startsWith('node:') !== true) found.importsWithin = true;
        break;
      case 'CallExpression': {
        const callee = child(node, 'callee')!;
        if (callee.type === 'Identifier' && word(callee, 'name') === 'eval') found.callsEval = true;
        if (callee.type === 'Identifier' && word(callee, 'name') === 'require') found.importsWithin = true;
        break;
      }
    }
    for (const [key, inner] of childrenOf(node)) {
      parents.set(inner, node);
      if (key === 'property' && inner.type === 'Identifier' && !flag(node, 'computed')) {
        points.push(inner.start);
        continue;
      }
      if (key === 'key' && !flag(node, 'computed')) {
        points.push(inner.start);
        continue;
      }
      visit(inner, own && !bindsThis(inner, node, key));
    }
  };
  visit(root, true);
  if (isArrow && found.usesSuper)
    problem ??= 'the arrow function uses `super` of the method around it, which cannot travel';
  return { ...found, points, parents, problem };
}

function* childrenOf(node: Node): Generator<[string, Node]> {
  const seen = new Set<Node>();
  for (const [key, value] of Object.entries(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item !== 'object' || item === null || typeof (item as Partial<Node>).type !== 'string')
        continue;
      if (seen.has(item as Node)) continue; // a shorthand property is its own value
      seen.add(item as Node);
      yield [key, item as Node];
    }
  }
}

/** Functions other than arrows, and the bodies of classes, have a `this` of their own; a class's heritage and keys do not. */
function bindsThis(node: Node, parent: Node, key: string): boolean {
  if (
    node.type === 'FunctionExpression' ||
    node.type === 'FunctionDeclaration' ||
    node.type === 'StaticBlock'
  )
    return true;
  return parent.type === 'PropertyDefinition' && key === 'value';
}

/** Whether a `#name` is used outside of any class within `root` that could declare it. */
function usesForeignPrivate(root: Node): boolean {
  let foreign = false;
  const visit = (node: Node, declared: ReadonlySet<string>): void => {
    let names = declared;
    if (node.type === 'ClassBody') {
      names = new Set(declared);
      for (const member of (node as unknown as { body: Node[] }).body) {
        const key = child(member, 'key');
        if (key?.type === 'PrivateIdentifier') (names as Set<string>).add(nameOf(key)!);
      }
    }
    if (node.type === 'PrivateIdentifier' && !names.has(nameOf(node)!)) foreign = true;
    for (const [, inner] of childrenOf(node)) visit(inner, names);
  };
  visit(root, new Set());
  return foreign;
}

function methodForm(text: string): FunctionForm {
  const accessor = /^(get|set)\s+[^(\s]/.exec(text)?.[1];
  return accessor === 'get' || accessor === 'set' ? accessor : 'method';
}

/** What stands before the parameter list; the emitter puts the name of the function where the key was. */
function methodHead(node: Node, form: FunctionForm): string {
  const modifiers =
    form === 'method'
      ? `${flag(node, 'async') ? 'async ' : ''}${flag(node, 'generator') ? '*' : ''}`
      : `${form} `;
  return `${modifiers}[${NAMES.name}]`;
}

/** Replaces one use of a variable by an expression, whatever the use is part of. */
function replaceUse(edits: Edits, parents: ReadonlyMap<Node, Node>, use: Node, target: string): void {
  const parent = parents.get(use);
  const isShorthand = (property: Node | undefined): boolean =>
    property?.type === 'Property' && flag(property, 'shorthand');
  if (parent !== undefined && isShorthand(parent))
    edits.replace(use.start, use.end, `${nameOf(use)}: ${target}`);
  else if (
    parent?.type === 'AssignmentPattern' &&
    isShorthand(parents.get(parent)) &&
    child(parent, 'left') === use
  ) {
    edits.replace(use.start, use.end, `${nameOf(use)}: ${target}`);
  } else if (
    (parent?.type === 'CallExpression' && child(parent, 'callee') === use) ||
    (parent?.type === 'TaggedTemplateExpression' && child(parent, 'tag') === use)
  ) {
    edits.replace(use.start, use.end, `(0, ${target})`); // not a method call: `this` stays undefined
  } else {
    edits.replace(use.start, use.end, target);
  }
}
