import { COVERAGE, type FunctionAnalysis } from '../analyse/function.ts';
import { NAMES } from '../analyse/names.ts';
import type { FreeVariable } from '../analyse/variables.ts';
import type { ImportBinding } from '../script/imports.ts';
import { child, nameOf } from '../script/syntax.ts';

/** What one value of a unit's setter, or of what it needs beforehand, is for. */
export type Need =
  | { readonly kind: 'superclass' }
  | { readonly kind: 'variable'; readonly variable: FreeVariable }
  /** An object that holds the variable for all functions that share it. */
  | { readonly kind: 'shared'; readonly variable: FreeVariable }
  /** What is read of `exports` or `module`. */
  | { readonly kind: 'exports'; readonly variable: FreeVariable }
  | { readonly kind: 'this' };

/**
 * One function as it is emitted: its analysis with the name that it had. Code with the same analysis and name is
 * one unit, however many functions of it are captured.
 */
export class Unit {
  readonly id: number;
  readonly analysis: FunctionAnalysis;
  readonly name: string;
  /** What the unit is called with, in order. */
  readonly before: readonly Need[];
  /** What its setter is called with, in order. */
  readonly after: readonly Need[];

  private static count = 0;

  constructor(analysis: FunctionAnalysis, name: string) {
    this.id = Unit.count++;
    this.analysis = analysis;
    this.name = name;
    const before: Need[] = [];
    const after: Need[] = [];
    if (analysis.shape?.hasSuperclass === true) before.push({ kind: 'superclass' });
    for (const variable of analysis.free) {
      const { kind } = variable.role;
      if (kind === 'shared' || kind === 'exports') after.push({ kind, variable });
      if (kind !== 'script' && kind !== 'local') continue;
      if (variable.atDefinition) before.push({ kind: 'variable', variable });
      if (!COVERAGE.test(variable.name)) after.push({ kind: 'variable', variable });
    }
    if (analysis.usesThis) after.push({ kind: 'this' });
    this.before = before;
    this.after = after;
  }

  /** The unit's text in three parts; the middle one is the user's code. */
  text(): { readonly head: string; readonly code: string; readonly tail: string } {
    const { form, code, free } = this.analysis;
    const locals = free
      .filter(({ role }) => role.kind === 'local' || role.kind === 'exports')
      .map(({ name }) => name);
    let shared = 0;
    const targets = this.after.map((need) => {
      if (need.kind === 'variable' || need.kind === 'exports') return need.variable.name;
      return need.kind === 'shared' ? `${NAMES.shared}${shared++}` : NAMES.self;
    });
    const own = [
      ...locals,
      ...targets.filter((target) => target.startsWith(NAMES.shared) || target === NAMES.self),
    ];
    const lines = [`(${NAMES.before}) => {`];
    if (own.length > 0) lines.push(`let ${own.join(', ')};`);
    this.before.forEach((need, i) => {
      if (need.kind === 'variable') lines.push(`${need.variable.name} = ${NAMES.before}[${i}];`);
    });
    lines.push(`const ${NAMES.name} = ${JSON.stringify(this.name)};`);
    const { open, close } = wrap(form, ownName(this.analysis) !== undefined);
    const fill =
      targets.length === 0
        ? '() => {}'
        : `(${NAMES.values}) => { [${targets.join(', ')}] = ${NAMES.values}; }`;
    return {
      head: `${lines.join('\n')}\nreturn [${open}`,
      code: code.text,
      tail: `${close},\n${fill}];\n}`,
    };
  }
}

/**
 * What a unit uses of an imported name, as paths: the binding itself, and the members that it reads of it. A
 * namespace is never named as a whole when its members are enough, so that a bundler can drop the others.
 */
export function importedPaths(unit: Unit, name: string, binding: ImportBinding): string[] {
  const members = unit.analysis.members.get(name) ?? [];
  const isWhole =
    binding.kind === 'interop' ||
    ((binding.kind === 'import' || binding.kind === 'builtin') && binding.member === '*');
  const paths = members.map((member) => (member === '' ? name : `${name}.${member}`));
  return isWhole || paths.includes(name) ? paths : [name, ...paths];
}

/** The name that the emitted text itself gives; undefined where the unit's name is given from outside. */
export function ownName({ node, form }: FunctionAnalysis): string | undefined {
  return form === 'class' || node.type === 'FunctionExpression' ? nameOf(child(node, 'id')) : undefined;
}

function wrap(form: FunctionAnalysis['form'], isNamed: boolean): { open: string; close: string } {
  switch (form) {
    case 'get':
    case 'set':
      return { open: 'Object.getOwnPropertyDescriptor({ ', close: ` }, ${NAMES.name}).${form}` };
    case 'method':
      return { open: '({ ', close: ` })[${NAMES.name}]` };
    case 'function':
    case 'class':
      return isNamed
        ? { open: '(', close: ')' }
        : { open: `({ [${NAMES.name}]: `, close: ` })[${NAMES.name}]` };
  }
}
