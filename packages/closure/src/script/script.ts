import type * as EslintScope from 'eslint-scope';
import type { FunctionLocation } from '../inspect/function.ts';
import { ownRequire } from '../own-require.ts';
import { type ModuleInterface, moduleInterface } from './imports.ts';
import { Lines } from './lines.ts';
import type { ScriptSource } from './source.ts';
import { child, children, isFunctionLike, list, type Node, nameOf, parse, walk } from './syntax.ts';

/** A script with its syntax tree and scopes: parsed once, however many functions of it are captured. */
export class Script {
  readonly source: ScriptSource;
  readonly lines: Lines;
  /** Why the script could not be parsed; then it has no functions. */
  readonly problem: string | undefined;
  readonly #tree: Node | undefined;
  /** The function that wraps the whole file, where a transpiler has put one; its variables are the script's. */
  readonly #wrapper: Node | undefined;
  readonly #body: readonly Node[];
  #interface: ModuleInterface | undefined;
  #scopes: EslintScope.ScopeManager | undefined;

  constructor(source: ScriptSource) {
    this.source = source;
    this.lines = new Lines(source.text);
    let tree: Node | undefined;
    let problem: string | undefined;
    try {
      tree = parse(source.text, source.isModule ? 'module' : 'script');
    } catch (error) {
      problem = (error as Error).message;
    }
    this.#tree = tree;
    this.problem = problem;
    const statements = list(tree, 'body');
    const { wrapper, body } = source.isModule ? { wrapper: undefined, body: statements } : unwrap(statements);
    this.#wrapper = wrapper;
    this.#body = body;
  }

  /** Imports and exports. */
  get module(): ModuleInterface {
    this.#interface ??= moduleInterface(this.#body, {
      text: this.source.text,
      file: this.source.file,
      wrapper: this.#wrapper,
    });
    return this.#interface;
  }

  get scopes(): EslintScope.ScopeManager {
    if (this.#scopes === undefined) {
      const { analyze } = ownRequire<typeof EslintScope>('eslint-scope');
      this.#scopes = analyze(this.#tree as unknown as Parameters<typeof analyze>[0], {
        ecmaVersion: 2022,
        sourceType: this.source.isModule ? 'module' : 'commonjs',
        fallback: 'iteration',
        // A direct eval somewhere in a script must not hide what the other names mean; functions that call it are refused.
        ignoreEval: true,
      });
    }
    return this.#scopes;
  }

  /** Whether variables of this scope exist once for the whole script. */
  isFileScope(scope: EslintScope.Scope): boolean {
    if (scope.type === 'global' || scope.type === 'module') return true;
    const block = scope.block as unknown as Node;
    if (block === this.#tree) return true;
    if (this.#wrapper === undefined) return false;
    if (block === this.#wrapper) return true;
    const outer = child(this.#wrapper, 'body');
    return outer !== undefined && list(outer, 'body').length === 1 && list(outer, 'body')[0] === block;
  }

  /** Whether a node is declared, or the value of a variable that is declared, at the top of the file. */
  isTopLevel(node: Node): boolean {
    return this.#body.some((statement) => {
      const declaration = child(statement, 'declaration') ?? statement;
      if (declaration === node) return true;
      return list(declaration, 'declarations').some((declarator) => child(declarator, 'init') === node);
    });
  }

  /** The node of a function, by its place and its text; undefined when the script has none such. */
  functionAt(location: FunctionLocation, text: string): Node | undefined {
    if (this.#tree === undefined) return undefined;
    const position = this.lines.offset(location.line, location.column);
    let found: Node | undefined;
    for (let node: Node | undefined = this.#tree; node !== undefined; node = childAt(node, position)) {
      if (isFunctionLike(node) && this.#hasText(node, text)) found = node;
    }
    return found ?? this.#functionByText(text, position);
  }

  /** Hosts that run a file in a wrapper shift the positions of its first line: the nearest equal text is the one. */
  #functionByText(text: string, position: number): Node | undefined {
    let best: Node | undefined;
    walk(this.#tree!, (node) => {
      if (!isFunctionLike(node) || !this.#hasText(node, text)) return undefined;
      if (best === undefined || Math.abs(node.start - position) < Math.abs(best.start - position))
        best = node;
      return undefined;
    });
    return best;
  }

  /** A function's text is its node's; that of a method begins earlier, with its name. */
  #hasText(node: Node, text: string): boolean {
    const start = node.end - text.length;
    const isMethod = node.type === 'FunctionExpression' && this.source.text[node.start] === '(';
    return (
      (start === node.start || (isMethod && start >= 0 && start < node.start)) &&
      this.source.text.startsWith(text, start)
    );
  }
}

function childAt(node: Node, position: number): Node | undefined {
  for (const [, inner] of children(node)) if (inner.start <= position && position < inner.end) return inner;
  return undefined;
}

/**
 * The statements of a file inside what wraps it: vite's runner writes `async (__vite_ssr_exports__, …) => {{ … }}`,
 * tsx (CommonJS) and bundlers `(() => { … })()`.
 */
function unwrap(statements: readonly Node[]): { wrapper: Node | undefined; body: readonly Node[] } {
  const last = child(statements.at(-1), 'expression');
  if (last?.type === 'ArrowFunctionExpression' && list(last, 'params').some(isViteParameter)) {
    const block = child(last, 'body');
    const inner = list(block, 'body');
    return {
      wrapper: last,
      body: inner.length === 1 && inner[0]!.type === 'BlockStatement' ? list(inner[0], 'body') : inner,
    };
  }
  for (const statement of statements) {
    const call = child(statement, 'expression');
    const callee = child(call, 'callee');
    if (call?.type !== 'CallExpression' || list(call, 'arguments').length > 0) continue;
    if (callee === undefined || !/FunctionExpression$/.test(callee.type)) continue;
    const block = child(callee, 'body');
    if (block?.type === 'BlockStatement') return { wrapper: callee, body: list(block, 'body') };
  }
  return { wrapper: undefined, body: statements };
}

function isViteParameter(parameter: Node): boolean {
  return nameOf(parameter)?.startsWith('__vite_ssr_') === true;
}
