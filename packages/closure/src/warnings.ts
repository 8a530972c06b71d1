import { readFileSync } from 'node:fs';
import type { FunctionAnalysis } from './analyse/function.ts';
import { originalPositions } from './emit/map.ts';
import { remembered } from './remembered.ts';

/** Something that a captured function does which will not do remotely what it looks like. */
export interface CaptureWarning {
  readonly code: 'assignment';
  /** The variable. */
  readonly name: string;
  /** `file:line:column` as the user wrote it. */
  readonly place: string;
  /** What happens, the code frame, and the way out. */
  readonly message: string;
}

const found = new WeakMap<FunctionAnalysis, readonly CaptureWarning[]>();

/** One warning for each place where a function assigns to a variable that it captures. */
export function assignmentWarnings(analysis: FunctionAnalysis): readonly CaptureWarning[] {
  const warnings = remembered(found, analysis, () => findAssignments(analysis));
  return warnings;
}

const given = new Set<string>();

/** Gives each warning to `sink` the first time that its place comes up in this process. */
export function warnOnce(warnings: readonly CaptureWarning[], sink: (warning: CaptureWarning) => void): void {
  for (const warning of warnings) {
    if (given.has(warning.place)) continue;
    given.add(warning.place);
    sink(warning);
  }
}

/** The default sink: Node prints it to stderr, and programs can listen for `warning`. */
export function emitWarning({ message }: CaptureWarning): void {
  process.emitWarning(message, { type: 'CaptureWarning', code: 'SKEIN_ASSIGNMENT' });
}

function findAssignments(analysis: FunctionAnalysis): readonly CaptureWarning[] {
  const assigned = analysis.free.filter(
    ({ role, writes }) =>
      writes.length > 0 && (role.kind === 'script' || role.kind === 'local' || role.kind === 'shared'),
  );
  if (assigned.length === 0) return [];
  const original = originalPositions(analysis.script);
  return assigned.flatMap(({ name, writes }) =>
    writes.flatMap((write) => {
      const position = original(write.start);
      if (position === undefined) return []; // made by a transpiler: nobody wrote it
      const { source, line, column } = position;
      const place = `${source}:${line}:${column + 1}`;
      const message =
        `\`${name}\` is assigned inside a captured function. The function runs elsewhere and changes a copy: ` +
        `the variable here keeps its value.\n${place}\n${codeFrame(analysis, source, line, column, name.length)}` +
        `Return the value from the function, or keep it in a shared object (a counter of @skein/dso).`;
      return [{ code: 'assignment', name, place, message }];
    }),
  );
}

function codeFrame(
  analysis: FunctionAnalysis,
  source: string,
  line: number,
  column: number,
  width: number,
): string {
  const text =
    source === analysis.script.source.file && !hasMap(analysis)
      ? analysis.script.source.text
      : readText(source);
  if (text === undefined) return '';
  const lines = text.split('\n');
  const first = Math.max(1, line - 2);
  const last = Math.min(lines.length, line + 1);
  let frame = '';
  for (let at = first; at <= last; at++) {
    const gutter = `${at === line ? '>' : ' '} ${String(at).padStart(String(last).length)} | `;
    frame += `${gutter}${lines[at - 1]}\n`;
    if (at === line) frame += `${' '.repeat(gutter.length - 2)}| ${' '.repeat(column)}${'^'.repeat(width)}\n`;
  }
  return frame;
}

function hasMap({ script }: FunctionAnalysis): boolean {
  return script.source.mapUrl !== '';
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // code that is in no file
  }
}
