import type { CapturedCode, CapturedScript, CodeReference } from '../captured-code.ts';
import { emitScript } from '../emit/script.ts';
import type { Unit } from '../emit/unit.ts';
import { remembered } from '../remembered.ts';
import type { Script } from '../script/script.ts';

/** Collects what the code of one capture consists of, without writing any text. */
export class CodeBuilder {
  readonly #scripts = new Map<Script, { readonly index: number; readonly units: Map<Unit, number> }>();
  readonly #references = new Map<string, { readonly index: number; readonly reference: CodeReference }>();
  #root: Script | undefined;

  /** The script of the function that was captured first: it always travels by value. */
  get root(): Script | undefined {
    return this.#root;
  }

  get isEmpty(): boolean {
    return this.#scripts.size === 0 && this.#references.size === 0;
  }

  script(script: Script): number {
    return this.#entry(script).index;
  }

  unit(unit: Unit): { readonly script: number; readonly unit: number } {
    const { index, units } = this.#entry(unit.analysis.script);
    const position = remembered(units, unit, () => units.size);
    return { script: index, unit: position };
  }

  reference(reference: CodeReference): number {
    const key = `${reference.kind} ${reference.name} ${reference.file}`;
    const entry = remembered(this.#references, key, () => ({ index: this.#references.size, reference }));
    return entry.index;
  }

  /** Fixes the root when nothing has been added yet. */
  startFrom(script: Script): void {
    this.#root ??= script;
  }

  /** The code so far; equal code is one object, whose text is written once. */
  build(modules: readonly string[]): CapturedCode {
    const scripts = [...this.#scripts].map(([script, { units }]) => ({ script, units: [...units.keys()] }));
    const references = [...this.#references.values()].map(({ reference }) => reference);
    const root = this.#root?.source.file;
    const key = JSON.stringify([
      scripts.map(({ script, units }) => [script.source.id, ...units.map(({ id }) => id)]),
      [...this.#references.keys()],
      modules,
      root,
    ]);
    const known = codes.get(key);
    if (known !== undefined) return known;
    let emitted: readonly CapturedScript[] | undefined;
    const code: CapturedCode = {
      key,
      get scripts() {
        emitted ??= scripts.map(({ script, units }) => emitScript(script, units, root));
        return emitted;
      },
      references,
      modules,
      root,
    };
    remember(key, code);
    return code;
  }

  #entry(script: Script): { readonly index: number; readonly units: Map<Unit, number> } {
    this.#root ??= script;
    const entry = remembered(this.#scripts, script, () => ({ index: this.#scripts.size, units: new Map() }));
    return entry;
  }
}

const codes = new Map<string, CapturedCode>();
/** A program has few different functions; one that makes them without end must not keep all their texts. */
const REMEMBERED = 512;

function remember(key: string, code: CapturedCode): void {
  if (codes.size >= REMEMBERED) codes.delete(codes.keys().next().value!);
  codes.set(key, code);
}
