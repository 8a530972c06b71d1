import { types } from 'node:util';
import { CaptureError, crumbs, type FunctionEncoder, type FunctionNode, type Path } from '@skein/codec';
import type { FunctionAnalysis } from '../analyse/function.ts';
import { builtinMember, builtinModule } from '../builtins.ts';
import type { CodeReference } from '../captured-code.ts';
import { importedPaths, type Need, type Unit } from '../emit/unit.ts';
import { privateMembers } from '../inspect/function.ts';
import { lexicalThis } from '../inspect/this.ts';
import { remembered } from '../remembered.ts';
import { referenceTo } from '../remote-function.ts';
import { type MakeToken, type ReferenceToken, written } from '../tokens.ts';
import type { CaptureWarning } from '../warnings.ts';
import { assignmentWarnings } from '../warnings.ts';
import { CodeBuilder } from './code-builder.ts';
import { exportedValue } from './exported-value.ts';
import { exportOf } from './exports.ts';
import type { KnownValues } from './known-values.ts';
import { privateFieldsOf } from './privates.ts';
import { extrasOf } from './properties.ts';
import { recordOf, type ScriptRecord, unitOf } from './record.ts';
import { SharedVariables } from './shared-variables.ts';

/**
 * Names functions and classes for a receiver that does not have them yet, and collects their code. One is made
 * for each message: the captured values, or the arguments of a call.
 */
export class CaptureEncoder implements FunctionEncoder {
  readonly code: CodeBuilder = new CodeBuilder();
  readonly warnings: CaptureWarning[] = [];
  readonly #known: KnownValues;
  /** Which code the tokens speak of: 0 for the captured function's, 1 for what came with arguments. */
  readonly #number: number;
  readonly #shared = new SharedVariables();
  /** Values of the script-level variables, read once: all functions of a script must agree on them. */
  readonly #scriptValues = new Map<object, Map<string, unknown>>();

  constructor(known: KnownValues, number: number) {
    this.#known = known;
    this.#number = number;
  }

  reference(value: object): unknown {
    const known = this.#known.token(value);
    if (known !== undefined) return written(known);
    if (types.isModuleNamespaceObject(value)) {
      const whole = builtinModule((value as { default?: object }).default ?? value);
      return whole === undefined ? undefined : written(this.#know(value, ['node', String(whole[1]), '*']));
    }
    const builtin = typeof value === 'function' ? undefined : builtinModule(value);
    return builtin === undefined ? undefined : written(this.#know(value, builtin));
  }

  encode(fn: Function, path: Path): FunctionNode {
    const marked = referenceTo(fn);
    if (marked !== undefined) return this.#byReference(fn, marked);
    const record = recordOf(fn);
    switch (record.kind) {
      case 'native': {
        const builtin = builtinMember(fn);
        if (builtin !== undefined) return leaf(this.#know(fn, builtin));
        return refuse(
          path,
          `${fn.name || 'it'} is a native function, whose code cannot be read; call it inside a function of yours`,
        );
      }
      case 'bound':
        return {
          token: ['bound', this.#known.add(fn), fn.name, fn.length] satisfies MakeToken,
          before: [],
          after: [record.target, record.self, record.args],
          labels: { after: ['[[BoundTarget]]', '[[BoundThis]]', '[[BoundArgs]]'] },
        };
      case 'script': {
        const reference = this.#travelsByImport(fn, record);
        return reference === undefined ? this.#byValue(fn, record, path) : this.#byReference(fn, reference);
      }
    }
  }

  privates(instance: object, path: Path): Record<string, unknown> | undefined {
    const fields = privateFieldsOf(instance, (Class) => {
      const token = this.#known.token(Class);
      if (token === undefined || token[0] === 'known') return;
      refuse(
        path,
        `its class ${Class.name} has #private members and travels by import, so that they cannot be set from outside; ` +
          'define the class beside the function, make the object inside the function, or give the class [portable]',
      );
    });
    return fields?.(privateMembers(instance));
  }

  #know(value: object, token: ReferenceToken): ReferenceToken {
    this.#known.set(value, token);
    return token;
  }

  #byReference(fn: Function, reference: CodeReference): FunctionNode {
    return leaf(this.#know(fn, ['export', this.#number, this.code.reference(reference)]));
  }

  /** Code of other files travels by import when it is an export of its file; that of the root's file never does. */
  #travelsByImport(fn: Function, record: ScriptRecord): CodeReference | undefined {
    this.code.startFrom(record.script);
    return record.script === this.code.root ? undefined : exportOf(fn, record);
  }

  #byValue(fn: Function, record: ScriptRecord, path: Path): FunctionNode {
    const { analysis, problem } = record;
    if (analysis === undefined || problem !== undefined)
      return refuse(path, problem ?? 'its code is not known');
    const scopes = record.scopes();
    const unit = unitOf(analysis, unitName(fn, analysis.form));
    const place = this.code.unit(unit);
    const read = (name: string): unknown => {
      const scope = scopes.find((candidate) => name in candidate);
      if (scope === undefined) {
        return refuse(
          { up: path, key: name },
          'its value is no longer there: it was only needed while the class was defined; use it in a method, or make the class inside the function',
        );
      }
      try {
        return scope[name];
      } catch {
        return refuse({ up: path, key: name }, 'it is used before its declaration has run');
      }
    };
    this.#knowImports(unit, place.script, read);
    for (const warning of assignmentWarnings(analysis)) this.warnings.push(warning);

    const provide = (need: Need): unknown => {
      switch (need.kind) {
        case 'superclass': {
          const up: unknown = Object.getPrototypeOf(fn);
          return up === Function.prototype ? null : up;
        }
        case 'shared':
          return this.#shared.cell(fn, need.variable, read(need.variable.name));
        case 'variable':
          return need.variable.role.kind === 'script'
            ? this.#scriptValue(record, need.variable.name, read)
            : read(need.variable.name);
        case 'exports':
          return this.#exportsOf(need.variable.name, analysis, read, path);
        case 'this': {
          const found = lexicalThis(fn);
          if (found !== undefined) return found.value;
          return refuse(
            path,
            'the arrow function uses `this` of its surroundings, which could not be read; write `const self = this` there and use self',
          );
        }
      }
    };
    const statics =
      (analysis.shape?.privateStatics.length ?? 0) > 0
        ? staticPrivates(fn, analysis.shape!.privateStatics)
        : undefined;
    const extras = extrasOf(fn, record, statics);
    return {
      token: [
        'unit',
        this.#number,
        place.script,
        place.unit,
        this.#known.add(fn),
        extras.tokens,
      ] satisfies MakeToken,
      before: unit.before.map(provide),
      after: [...unit.after.map(provide), ...extras.values],
      labels: { before: unit.before.map(label), after: [...unit.after.map(label), ...extras.labels] },
    };
  }

  #scriptValue({ script }: ScriptRecord, name: string, read: (name: string) => unknown): unknown {
    const values = remembered(this.#scriptValues, script, () => new Map());
    if (!values.has(name)) values.set(name, read(name));
    return values.get(name);
  }

  /** `exports` or `module` with no more than what the function reads of it. */
  #exportsOf(name: string, analysis: FunctionAnalysis, read: (name: string) => unknown, path: Path): unknown {
    const members = analysis.members.get(name) ?? [];
    const whole = read(name) as { exports: object };
    const exports = name === 'module' ? whole.exports : whole;
    if (members.includes('')) {
      if (name === 'exports') return exports;
      return refuse(
        { up: path, key: name },
        'it is used as a whole; read what is needed of it as module.exports.name',
      );
    }
    const part = Object.fromEntries(members.map((member) => [member, exportedValue(exports, member)]));
    return name === 'module' ? { exports: part } : part;
  }

  /** Imported values are there already when the code is loaded: wherever else they turn up, they are named. */
  #knowImports(unit: Unit, script: number, read: (name: string) => unknown): void {
    for (const { name, role } of unit.analysis.free) {
      if (role.kind !== 'import') continue;
      for (const path of importedPaths(unit, name, role.binding)) {
        const value = valueAt(path, read);
        if (canBeNamed(value)) this.#known.setImport(value, ['import', this.#number, script, path]);
      }
    }
  }
}

function valueAt(path: string, read: (name: string) => unknown): unknown {
  const [name, member] = path.split('.');
  let holder: unknown;
  try {
    holder = read(name!);
  } catch {
    return undefined; // optimised away, or not initialised: then nothing of it can turn up as a value
  }
  return member === undefined || !isObject(holder) ? holder : exportedValue(holder, member);
}

/** Functions and namespaces are the same there; data goes by value, as it is now. */
function canBeNamed(value: unknown): value is object {
  return typeof value === 'function' || types.isModuleNamespaceObject(value);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function label(need: Need): string {
  switch (need.kind) {
    case 'superclass':
      return 'extends';
    case 'this':
      return 'this';
    case 'variable':
    case 'shared':
    case 'exports':
      return need.variable.name;
  }
}

function leaf(token: ReferenceToken): FunctionNode {
  return { token: written(token), before: [], after: [] };
}

function unitName(fn: Function, form: string): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  const text = typeof name === 'string' ? name : '';
  return form === 'get' || form === 'set' ? text.replace(/^[gs]et /, '') : text;
}

function staticPrivates(Class: Function, names: readonly string[]): unknown[] {
  const members = privateMembers(Class);
  return names.map((name) => members.find((member) => member.name === name)?.value);
}

function refuse(path: Path, reason: string): never {
  throw new CaptureError(crumbs(path), reason);
}
