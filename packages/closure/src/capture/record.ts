import { analyseFunction, type FunctionAnalysis } from '../analyse/function.ts';
import { Unit } from '../emit/unit.ts';
import { type BoundParts, type FunctionFacts, inspectFunction } from '../inspect/function.ts';
import { remembered } from '../remembered.ts';
import { Script } from '../script/script.ts';
import { forgetOldest, REMEMBERED, scriptSource } from '../script/source.ts';

/**
 * What is known about a function object for as long as it lives. Its code never changes; what its variables hold
 * may, unless nothing assigns to them.
 */
export type FunctionRecord = NativeRecord | BoundRecord | ScriptRecord;

/** A function of the engine or of Node. */
export interface NativeRecord {
  readonly kind: 'native';
}

/** Made by `bind`. */
export interface BoundRecord extends BoundParts {
  readonly kind: 'bound';
}

/** A function that a person wrote. */
export interface ScriptRecord {
  readonly kind: 'script';
  readonly script: Script;
  readonly text: string;
  /** Absent where the function was not found in its script; `problem` says why. */
  readonly analysis: FunctionAnalysis | undefined;
  readonly problem: string | undefined;
  /** Its variables now, innermost scope first. */
  scopes(): FunctionFacts['scopes'];
}

const records = new WeakMap<Function, FunctionRecord>();
const scripts = new Map<string, Script>();
const analyses = new WeakMap<object, FunctionAnalysis>();
const units = new WeakMap<FunctionAnalysis, Map<string, Unit>>();

/** What is known about `fn`; asks the engine the first time. */
export function recordOf(fn: Function): FunctionRecord {
  const record = remembered(records, fn, () => makeRecord(fn));
  return record;
}

/** The unit of a function: its code under the name that it has. */
export function unitOf(analysis: FunctionAnalysis, name: string): Unit {
  const named = remembered(units, analysis, () => new Map());
  const unit = remembered(named, name, () => new Unit(analysis, name));
  return unit;
}

function makeRecord(fn: Function): FunctionRecord {
  const facts = inspectFunction(fn);
  if (facts.bound !== undefined) return { kind: 'bound', ...facts.bound };
  const { location } = facts;
  const source = location && scriptSource(location, fn);
  if (location === undefined || source === undefined) return { kind: 'native' };
  const script = remembered(scripts, source.id, () => new Script(source));
  forgetOldest(scripts, REMEMBERED, ({ source: { file } }) => file === undefined);
  const text = Function.prototype.toString.call(fn);
  const { analysis, problem } = analyse(script, location, text);
  // A name that nothing assigns is read once; its value may be missing while its declaration has not run.
  const isConstant = analysis?.free.every(
    ({ constant, role }) => constant || role.kind === 'import' || role.kind === 'global',
  );
  let known: FunctionFacts['scopes'] | undefined = facts.scopes;
  return {
    kind: 'script',
    script,
    text,
    analysis,
    problem,
    scopes() {
      const scopes = known ?? inspectFunction(fn).scopes;
      known = isConstant === true && isInitialised(scopes, analysis!) ? scopes : undefined;
      return scopes;
    },
  };
}

function isInitialised(scopes: FunctionFacts['scopes'], analysis: FunctionAnalysis): boolean {
  return analysis.free.every(({ name, role }) => {
    if (role.kind === 'import' || role.kind === 'global') return true;
    return scopes.some((scope) => name in scope && scope[name] !== undefined);
  });
}

function analyse(
  script: Script,
  location: NonNullable<FunctionFacts['location']>,
  text: string,
): { analysis: FunctionAnalysis | undefined; problem: string | undefined } {
  if (script.problem !== undefined) {
    return {
      analysis: undefined,
      problem: `its script does not parse (${script.problem}): ${script.source.url}`,
    };
  }
  const node = script.functionAt(location, text);
  if (node === undefined) {
    return {
      analysis: undefined,
      problem: `its text was not found in its script, ${script.source.url || 'made by eval'}`,
    };
  }
  const analysis = remembered(analyses, node, () => analyseFunction(script, node, text));
  return { analysis, problem: analysis.problem };
}
