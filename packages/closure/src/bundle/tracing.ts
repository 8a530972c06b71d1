import type * as GenMapping from '@jridgewell/gen-mapping';
import type * as TraceMapping from '@jridgewell/trace-mapping';
import type { CapturedScript, EncodedSourceMap } from '../captured-code.ts';
import { ownRequire } from '../own-require.ts';
import type { Built } from './built.ts';
import type { SourcePosition } from './types.ts';

// Maps are read when an error has to be shown, hardly ever: the libraries are loaded then, and synchronously,
// because stacks are mapped synchronously.
const traceMapping = (): typeof TraceMapping => ownRequire('@jridgewell/trace-mapping');
const genMapping = (): typeof GenMapping => ownRequire('@jridgewell/gen-mapping');

export type Tracer = TraceMapping.TraceMap;

export function tracer(map: string | EncodedSourceMap): Tracer {
  return new (traceMapping().TraceMap)(map as TraceMapping.SourceMapInput);
}

/** The original place of a generated one, by the nearest mapping before it on its line. */
export function trace(map: Tracer, line: number, column: number): SourcePosition | undefined {
  const found = traceMapping().originalPositionFor(map, { line, column });
  if (found.source === null) return undefined;
  return { file: found.source, line: found.line, column: found.column };
}

/** Every mapping of a map. */
export function* segments(map: Tracer): Generator<TraceMapping.EachMapping> {
  const all: TraceMapping.EachMapping[] = [];
  traceMapping().eachMapping(map, (mapping) => all.push(mapping));
  yield* all;
}

const scriptTracers = new WeakMap<CapturedScript, Tracer>();

export function scriptTracer(script: CapturedScript): Tracer {
  const found = scriptTracers.get(script) ?? tracer(script.map());
  scriptTracers.set(script, found);
  return found;
}

/** Leads a position of a bundle all the way to what the user wrote. */
export function locate(built: Built, line: number, column: number): SourcePosition | undefined {
  const found = built.locate(line, column);
  if (found === undefined || 'file' in found) return found;
  return trace(scriptTracer(found.script), found.line, found.column);
}

/** The whole map of a bundle, in the encoded form that other tools read. */
export function composeMap(built: Built): EncodedSourceMap {
  const { GenMapping, maybeAddMapping, toEncodedMap } = genMapping();
  const map = new GenMapping();
  for (const [line, column] of built.positions()) {
    const found = locate(built, line, column);
    if (!found) continue;
    maybeAddMapping(map, {
      generated: { line, column },
      source: found.file,
      original: { line: found.line, column: found.column },
    });
  }
  return toEncodedMap(map) as EncodedSourceMap;
}
