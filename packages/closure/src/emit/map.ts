import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Mapping from '@jridgewell/gen-mapping';
import type * as TraceMapping from '@jridgewell/trace-mapping';
import type { EncodedSourceMap } from '../captured-code.ts';
import { ownRequire } from '../own-require.ts';
import { Lines } from '../script/lines.ts';
import type { Script } from '../script/script.ts';
import type { Unit } from './unit.ts';

/** A place in the file that the user wrote, all from the conventions of source maps: line from 1, column from 0. */
export interface OriginalPosition {
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** Maps the emitted text of a script to what the user wrote. `placed` says where the code of each unit begins. */
export function sourceMap(
  script: Script,
  text: string,
  placed: readonly { readonly unit: Unit; readonly offset: number }[],
): EncodedSourceMap {
  const { GenMapping, maybeAddMapping, setSourceContent, toEncodedMap } =
    ownRequire<typeof Mapping>('@jridgewell/gen-mapping');
  const map = new GenMapping();
  const lines = new Lines(text);
  const original = originalPositions(script);
  for (const { unit, offset } of placed) {
    const { code, points } = unit.analysis;
    for (const point of [...new Set(points)].sort((a, b) => a - b)) {
      const origin = original(point);
      if (origin === undefined) continue;
      const { line, column } = lines.position(offset + code.moved(point));
      maybeAddMapping(map, {
        generated: { line: line + 1, column },
        original: { line: origin.line, column: origin.column },
        source: origin.source,
      });
      setSourceContent(map, origin.source, null);
    }
  }
  return toEncodedMap(map) as EncodedSourceMap;
}

/** Finds where an offset of a script was written, through the map of the transpiler that made the script. */
export function originalPositions(script: Script): (offset: number) => OriginalPosition | undefined {
  const source = script.source.file ?? script.source.url;
  const traced = transpilerMap(script);
  if (traced === undefined) {
    return (offset) => {
      const { line, column } = script.lines.position(offset);
      return { source, line: line + 1, column };
    };
  }
  const { originalPositionFor } = ownRequire<typeof TraceMapping>('@jridgewell/trace-mapping');
  return (offset) => {
    const { line, column } = script.lines.position(offset);
    const found = originalPositionFor(traced, { line: line + 1, column });
    if (found.line === null) return undefined;
    return { source: pathOf(found.source, script) ?? source, line: found.line, column: found.column };
  };
}

function transpilerMap(script: Script): TraceMapping.TraceMap | undefined {
  const { mapUrl, file } = script.source;
  if (mapUrl === '') return undefined;
  try {
    const { TraceMap } = ownRequire<typeof TraceMapping>('@jridgewell/trace-mapping');
    const inline = /^data:[^,]*?(;base64)?,(.*)$/s.exec(mapUrl);
    if (inline !== null) {
      const json = inline[1] ? Buffer.from(inline[2]!, 'base64').toString() : decodeURIComponent(inline[2]!);
      return new TraceMap(json);
    }
    if (file === undefined) return undefined;
    return new TraceMap(readFileSync(resolve(dirname(file), mapUrl), 'utf8'));
  } catch {
    return undefined; // a map that is not there or broken: positions are then those of the script itself
  }
}

function pathOf(source: string | null, script: Script): string | undefined {
  if (source === null) return undefined;
  if (source.startsWith('file:')) return fileURLToPath(source);
  return script.source.file === undefined ? source : resolve(dirname(script.source.file), source);
}
