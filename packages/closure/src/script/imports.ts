import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boundNames, child, list, type Node, nameOf, textOf, walk, word } from './syntax.ts';

/**
 * Where a script-level name comes from when it is not the script's own. Each is emitted again in the captured
 * script, under the same local name.
 */
export type ImportBinding =
  /** One of Node's own modules: `member` is a name, `'default'` or `'*'`. */
  | { readonly kind: 'builtin'; readonly module: string; readonly member: string }
  /** `import { member as local } from specifier with attributes`. */
  | {
      readonly kind: 'import';
      readonly specifier: string;
      readonly member: string;
      readonly attributes: string;
    }
  /** `const { local } = require(specifier)`, as the declarator was written. */
  | { readonly kind: 'require'; readonly specifier: string; readonly declarator: string }
  /** `__toESM(require(specifier))` and its like: a namespace of a CommonJS module. */
  | { readonly kind: 'interop'; readonly specifier: string };

/** What the top of a script says. */
export interface ModuleInterface {
  /** By local name. */
  readonly imports: ReadonlyMap<string, ImportBinding>;
  /** Exported name by local name. */
  readonly exports: ReadonlyMap<string, string>;
}

/** The names under which vite's runner passes its own functions to a module. */
const VITE_IMPORT = /^__vite_ssr_(?:dynamic_)?import__$|^__vi_import__$/;
const INTEROP = /^(?:__toESM|__importDefault|__importStar|_interopRequire\w*)$/;

/** Reads imports and exports from the statements of a file, however a transpiler has written them. */
export function moduleInterface(
  body: readonly Node[],
  script: { readonly text: string; readonly file: string | undefined; readonly wrapper: Node | undefined },
): ModuleInterface {
  const imports = new Map<string, ImportBinding>();
  const exports = new Map<string, string>();
  const specifierOf = (written: string): string => portableSpecifier(written, script.file);

  const declare = (declarator: Node): void => {
    const id = child(declarator, 'id');
    const init = lastOf(child(declarator, 'init'));
    if (id === undefined || init === undefined) return;
    const interop = requiredBy(interopArgument(init));
    if (interop !== undefined && id.type === 'Identifier') {
      imports.set(nameOf(id)!, importOf(interop, '*') ?? { kind: 'interop', specifier: interop });
      return;
    }
    const awaited = awaitedImport(init);
    if (awaited !== undefined && id.type === 'Identifier') {
      const specifier = specifierOf(awaited);
      imports.set(
        nameOf(id)!,
        importOf(specifier, '*') ?? { kind: 'import', specifier, member: '*', attributes: '' },
      );
      return;
    }
    const required =
      requiredBy(init) ?? (init.type === 'MemberExpression' ? requiredBy(child(init, 'object')) : undefined);
    if (required === undefined) return;
    const declaratorText = script.text.slice(declarator.start, declarator.end);
    for (const local of boundNames(id)) {
      imports.set(local, requireBinding(required, declaratorText, id, init, local));
    }
  };

  for (const statement of body) {
    switch (statement.type) {
      case 'ImportDeclaration': {
        const specifier = specifierOf(textOf(child(statement, 'source'))!);
        const attributes = list(statement, 'attributes')
          .map((a) => `${nameOf(child(a, 'key'))}: ${JSON.stringify(textOf(child(a, 'value')))}`)
          .join(', ');
        for (const entry of list(statement, 'specifiers')) {
          const member =
            entry.type === 'ImportNamespaceSpecifier'
              ? '*'
              : entry.type === 'ImportDefaultSpecifier'
                ? 'default'
                : nameOf(child(entry, 'imported'))!;
          const local = nameOf(child(entry, 'local'))!;
          imports.set(
            local,
            importOf(specifier, member) ?? { kind: 'import', specifier, member, attributes },
          );
        }
        break;
      }
      case 'ExportNamedDeclaration':
        if (child(statement, 'source') === undefined) {
          for (const entry of list(statement, 'specifiers')) {
            exports.set(nameOf(child(entry, 'local'))!, nameOf(child(entry, 'exported'))!);
          }
        }
        for (const name of declaredNames(child(statement, 'declaration'))) exports.set(name, name);
        for (const d of list(child(statement, 'declaration'), 'declarations')) declare(d);
        break;
      case 'ExportDefaultDeclaration': {
        const declaration = child(statement, 'declaration');
        const local =
          declaration?.type === 'Identifier' ? nameOf(declaration) : nameOf(child(declaration, 'id'));
        if (local !== undefined) exports.set(local, 'default');
        break;
      }
      case 'VariableDeclaration':
        for (const d of list(statement, 'declarations')) declare(d);
        break;
    }
  }
  if (script.wrapper !== undefined) {
    walk(script.wrapper, (node) => {
      if (node.type === 'CallExpression' && nameOf(child(node, 'callee')) === '__vite_ssr_exportName__') {
        const [name, thunk] = list(node, 'arguments');
        const local = nameOf(returned(thunk)) ?? textOf(name);
        if (local !== undefined && textOf(name) !== undefined) exports.set(local, textOf(name)!);
      }
      return undefined;
    });
  }
  return { imports, exports };
}

/** Coverage tools write `(counter++, value)` for a value. */
function lastOf(node: Node | undefined): Node | undefined {
  return node?.type === 'SequenceExpression' ? list(node, 'expressions').at(-1) : node;
}

/** The expression that a thunk `() => x` or `() => { try { return x } catch {} }` gives. */
function returned(thunk: Node | undefined): Node | undefined {
  let found: Node | undefined;
  const body = child(thunk, 'body');
  if (body === undefined) return undefined;
  if (body.type !== 'BlockStatement') return body;
  walk(body, (node) => {
    if (node.type === 'ReturnStatement') found ??= child(node, 'argument');
    return undefined;
  });
  return found;
}

function importOf(specifier: string, member: string): ImportBinding | undefined {
  return isBuiltin(specifier)
    ? { kind: 'builtin', module: specifier.replace(/^node:/, ''), member }
    : undefined;
}

function requireBinding(
  specifier: string,
  declarator: string,
  id: Node,
  init: Node,
  local: string,
): ImportBinding {
  if (isBuiltin(specifier)) {
    const module = specifier.replace(/^node:/, '');
    if (id.type === 'Identifier') {
      const property = init.type === 'MemberExpression' ? nameOf(child(init, 'property')) : undefined;
      return { kind: 'builtin', module, member: property ?? 'default' };
    }
    // `const { readFile, promises: { stat } } = require('fs')`: only plain members are members of the module.
    for (const property of list(id, 'properties')) {
      const value = child(property, 'value');
      const key = nameOf(child(property, 'key'));
      if (value?.type === 'Identifier' && nameOf(value) === local && key !== undefined) {
        return { kind: 'builtin', module, member: key };
      }
    }
  }
  return { kind: 'require', specifier, declarator };
}

function declaredNames(declaration: Node | undefined): string[] {
  if (declaration === undefined) return [];
  const own = nameOf(child(declaration, 'id'));
  return own === undefined
    ? list(declaration, 'declarations').flatMap((d) => boundNames(child(d, 'id')))
    : [own];
}

function requiredBy(node: Node | undefined): string | undefined {
  if (node?.type !== 'CallExpression' || nameOf(child(node, 'callee')) !== 'require') return undefined;
  return textOf(list(node, 'arguments')[0]);
}

function interopArgument(node: Node): Node | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const callee = child(node, 'callee');
  const name = callee?.type === 'MemberExpression' ? nameOf(child(callee, 'property')) : nameOf(callee);
  return name !== undefined && INTEROP.test(name) ? list(node, 'arguments')[0] : undefined;
}

/** The specifier of `await import('x')`, as people and vite's runner write it at the top of a module. */
function awaitedImport(node: Node): string | undefined {
  if (node.type !== 'AwaitExpression') return undefined;
  const argument = child(node, 'argument')!;
  if (argument.type === 'ImportExpression') return textOf(child(argument, 'source'));
  if (argument.type !== 'CallExpression') return undefined;
  const callee = child(argument, 'callee');
  return callee?.type === 'Identifier' && VITE_IMPORT.test(word(callee, 'name')!)
    ? textOf(list(argument, 'arguments')[0])
    : undefined;
}

/**
 * A specifier that a bundler can resolve from the script's folder and that holds no absolute path: transpilers
 * write `file:` URLs, and vite paths that are relative to its root.
 */
export function portableSpecifier(written: string, from: string | undefined): string {
  if (from === undefined) return written;
  if (written.startsWith('file:')) return relativeTo(from, fileURLToPath(written));
  if (written.startsWith('/@fs/')) return relativeTo(from, written.slice('/@fs'.length));
  if (!written.startsWith('/')) return written;
  if (existsSync(written)) return relativeTo(from, written);
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (existsSync(folder + written)) return relativeTo(from, folder + written);
    if (folder === dirname(folder)) return written;
  }
}

function relativeTo(from: string, file: string): string {
  const path = relative(dirname(from), file).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}
