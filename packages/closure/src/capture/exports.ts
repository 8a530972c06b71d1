import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { CodeReference } from '../captured-code.ts';
import { exportedValue } from './exported-value.ts';
import type { ScriptRecord } from './record.ts';

/**
 * The export of its own file that a function is, if it is one: a name of the file under which this very function
 * is exported. Never for the program's entry, whose import would run the program.
 */
export function exportOf(fn: Function, record: ScriptRecord): CodeReference | undefined {
  const { script } = record;
  const { file, isModule } = script.source;
  if (file === undefined || file === entryFile()) return undefined;
  if (!isModule) {
    const reference = commonjsExport(fn, file);
    if (reference !== undefined) return reference;
  }
  const { exports } = script.module;
  if (exports.size === 0) return undefined;
  const scopes = record.scopes();
  for (const [local, name] of exports) {
    const scope = scopes.findLast((candidate) => local in candidate);
    if (scope !== undefined && read(scope, local) === fn) return { kind: 'module', file, name };
  }
  // A function that does not use the file's variables may not see them: then its declaration tells.
  const own = exports.get(fn.name);
  return own !== undefined && isTopLevelDeclaration(record) ? { kind: 'module', file, name: own } : undefined;
}

function read(scope: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return scope[name];
  } catch {
    return undefined;
  }
}

function isTopLevelDeclaration({ script, analysis }: ScriptRecord): boolean {
  const node = analysis?.node;
  return node !== undefined && script.isTopLevel(node);
}

function commonjsExport(fn: Function, file: string): CodeReference | undefined {
  const exports: unknown = createRequire(import.meta.url).cache[file]?.exports;
  if (exports === fn) return { kind: 'commonjs', file, name: '' };
  if (exports === null || (typeof exports !== 'object' && typeof exports !== 'function')) return undefined;
  for (const name of Object.keys(exports)) {
    if (exportedValue(exports, name) === fn) return { kind: 'commonjs', file, name };
  }
  return undefined;
}

let entry: string | undefined;

function entryFile(): string {
  if (entry === undefined) {
    try {
      entry = realpathSync(process.argv[1] ?? '');
    } catch {
      entry = '';
    }
  }
  return entry;
}
