import type * as EslintScope from 'eslint-scope';
import type { ImportBinding } from '../script/imports.ts';
import type { Script } from '../script/script.ts';
import type { Node } from '../script/syntax.ts';

/** A name that a function uses and does not declare. */
export interface FreeVariable {
  readonly name: string;
  readonly role: VariableRole;
  /** Uses of the name within the function. */
  readonly uses: readonly Node[];
  /** Those of the uses that assign. */
  readonly writes: readonly Node[];
  /** Whether it is used where a class is defined (computed keys), so that its value must be there before. */
  readonly atDefinition: boolean;
  /** Whether nothing in the script assigns to it once it is initialised: then it needs to be read only once. */
  readonly constant: boolean;
}

/** Where a free variable gets its value from. */
export type VariableRole =
  | { readonly kind: 'import'; readonly binding: ImportBinding }
  /** A variable of the script: there is one, whichever function uses it. */
  | { readonly kind: 'script' }
  /** A variable of an enclosing function or block: one for each run of that. */
  | { readonly kind: 'local' }
  /** A local one that inner functions assign: functions of the same scope must see each other's assignments. */
  | { readonly kind: 'shared'; readonly scope: EslintScope.Scope }
  /** `exports` or `module` of a CommonJS file. */
  | { readonly kind: 'exports' }
  /** Declared nowhere in the script. */
  | { readonly kind: 'global' };

/** The free variables of a function or class, in the order of their first use. */
export function freeVariables(
  script: Script,
  node: Node,
  where: { isDead(use: Node): boolean; isAtDefinition(use: Node): boolean },
): FreeVariable[] {
  const scope = script.scopes.acquire(node as never);
  const found = new Map<
    string,
    { role: VariableRole; uses: Node[]; writes: Node[]; at: boolean; constant: boolean }
  >();
  for (const reference of scope?.through ?? []) {
    const use = reference.identifier as unknown as Node;
    const { name } = reference.identifier as { name: string };
    if (where.isDead(use)) continue;
    let entry = found.get(name);
    if (entry === undefined) {
      const variable = reference.resolved;
      entry = {
        role: roleOf(script, name, variable),
        uses: [],
        writes: [],
        at: false,
        constant: isConstant(variable),
      };
      found.set(name, entry);
    }
    entry.uses.push(use);
    if (reference.isWrite()) entry.writes.push(use);
    entry.at ||= where.isAtDefinition(use);
  }
  return Array.from(found, ([name, { role, uses, writes, at, constant }]) => ({
    name,
    role,
    uses,
    writes,
    atDefinition: at,
    constant,
  }));
}

function roleOf(script: Script, name: string, variable: EslintScope.Variable | null): VariableRole {
  if (variable === null || variable.defs.length === 0) {
    const isExports = !script.source.isModule && (name === 'exports' || name === 'module');
    return { kind: isExports ? 'exports' : 'global' };
  }
  if (script.isFileScope(variable.scope)) {
    const binding = script.module.imports.get(name);
    return binding === undefined ? { kind: 'script' } : { kind: 'import', binding };
  }
  return isAssignedFromWithin(variable) ? { kind: 'shared', scope: variable.scope } : { kind: 'local' };
}

/** Whether a function inside the one that declares the variable assigns to it. */
function isAssignedFromWithin(variable: EslintScope.Variable): boolean {
  return variable.references.some(
    (reference) =>
      reference.isWrite() && !reference.init && reference.from.variableScope !== variable.scope.variableScope,
  );
}

function isConstant(variable: EslintScope.Variable | null): boolean {
  return variable?.references.every((reference) => !reference.isWrite() || reference.init === true) === true;
}
