/**
 * The syntax tree as the analyses here need it: nodes of any type, with their children. acorn's own types are one
 * interface a construct; walking code generically needs this wider view, converted in this file alone.
 */
import type * as Acorn from 'acorn';
import { ownRequire } from '../own-require.ts';

/** Any node. Fields other than these are read through {@link child}, {@link list} and {@link name}. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

let acorn: typeof Acorn | undefined;

/** acorn, loaded when the first script is analysed: capture is synchronous, so by `require`. */
function loadAcorn(): typeof Acorn {
  acorn ??= ownRequire<typeof Acorn>('acorn');
  return acorn;
}

/** Parses a script as V8 would; throws acorn's SyntaxError. */
export function parse(text: string, sourceType: 'module' | 'script'): Node {
  return loadAcorn().parse(text, {
    ecmaVersion: 'latest',
    sourceType,
    ranges: true,
    locations: false,
    allowHashBang: true,
    allowReturnOutsideFunction: sourceType === 'script',
    allowAwaitOutsideFunction: true,
  });
}

function field(node: Node, key: string): unknown {
  return (node as unknown as Record<string, unknown>)[key];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string';
}

/** The child of a node under `key`, if there is one. */
export function child(node: Node | undefined, key: string): Node | undefined {
  const value = node && field(node, key);
  return isNode(value) ? value : undefined;
}

/** The children of a node in the list under `key`; holes are left out. */
export function list(node: Node | undefined, key: string): readonly Node[] {
  const value = node && field(node, key);
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** A flag of a node: `computed`, `static`, `async`, … */
export function flag(node: Node, key: string): boolean {
  return field(node, key) === true;
}

/** A word of a node: `kind`, `operator`, … */
export function word(node: Node, key: string): string | undefined {
  const value = field(node, key);
  return typeof value === 'string' ? value : undefined;
}

/** The name of an identifier or the value of a string literal, undefined for other nodes. */
export function nameOf(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  return node.type === 'Identifier' || node.type === 'PrivateIdentifier' ? word(node, 'name') : textOf(node);
}

/** The value of a string literal, undefined for other nodes. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.type === 'Literal' ? word(node, 'value') : undefined;
}

/** The children of a node with the field that holds each. */
export function* children(node: Node): Generator<[key: string, node: Node]> {
  for (const [key, value] of Object.entries(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield [key, item];
    } else if (isNode(value)) {
      yield [key, value];
    }
  }
}

/** Visits a node and what it contains; a visitor that answers `false` keeps the walk out of that node. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | undefined, key: string) => boolean | undefined,
  parent?: Node,
  key = '',
): void {
  if (visit(node, parent, key) === false) return;
  for (const [childKey, inner] of children(node)) walk(inner, visit, node, childKey);
}

/** The names that a binding pattern declares. */
export function boundNames(pattern: Node | undefined): string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [nameOf(pattern)!];
    case 'ObjectPattern':
      return list(pattern, 'properties').flatMap((p) =>
        boundNames(child(p, 'value') ?? child(p, 'argument')),
      );
    case 'ArrayPattern':
      return list(pattern, 'elements').flatMap(boundNames);
    case 'AssignmentPattern':
      return boundNames(child(pattern, 'left'));
    case 'RestElement':
      return boundNames(child(pattern, 'argument'));
    default:
      return [];
  }
}

/** Functions of every kind, and classes: what can be a value of its own. */
export function isFunctionLike(node: Node): boolean {
  return /^(?:Function(?:Declaration|Expression)|ArrowFunctionExpression|Class(?:Declaration|Expression))$/.test(
    node.type,
  );
}
