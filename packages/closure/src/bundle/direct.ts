import type { CapturedCode } from '../captured-code.ts';
import type { Built } from './built.ts';
import { countLines } from './text.ts';
import { scriptTracer, segments } from './tracing.ts';

/** Whether the text can be written without a bundler: nothing in it has to be resolved. */
export function isSelfContained(code: CapturedCode): boolean {
  return (
    code.references.length === 0 &&
    code.modules.length === 0 &&
    code.scripts.every((script) => !script.imports)
  );
}

/** The bundle of self-contained code. Every factory starts on a line of its own, so maps move whole lines. */
export function writeDirectly(code: CapturedCode): Built {
  let text = 'export const scripts = [\n';
  let line = 2;
  const placed = code.scripts.map((script) => {
    const first = line;
    text += `${script.factory},\n`;
    line += countLines(script.factory);
    // In the script's own text the factory starts below the head.
    return { script, first, end: line, shift: first - countLines(script.head) };
  });
  text += '];\nexport const references = [];\n';
  return {
    text,
    externals: [],
    inputs: [],
    locate: (line, column) => {
      const found = placed.find(({ first, end }) => line >= first && line < end);
      return found && { script: found.script, line: line - found.shift, column };
    },
    *positions() {
      for (const { script, shift } of placed)
        for (const { generatedLine, generatedColumn } of segments(scriptTracer(script)))
          yield [generatedLine + shift, generatedColumn];
    },
    originalName: (name) => name,
  };
}
