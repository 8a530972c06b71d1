import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The text at the position that the first frame of `error.stack` names, to the end of its line. Reading
 * the file instead of comparing line numbers lets one shape be checked on hosts that run the TypeScript
 * file, its transpiled JavaScript and one big bundle.
 */
export function textAtTopFrame(error: unknown): string {
  assert(error instanceof Error, `expected an Error, got ${String(error)}`);
  const frame = error.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  const [, place, line, column] = /\(?((?:file:\/\/|\/)[^\s()]+?):(\d+):(\d+)\)?$/.exec(frame) ?? [];
  assert(place !== undefined, `the first frame names no file: ${error.stack}`);
  const file = place.startsWith('file:') ? fileURLToPath(place.replace(/[?#].*$/, '')) : place;
  const text = readFileSync(file, 'utf8').split('\n')[Number(line) - 1];
  assert(text !== undefined, `${file} has no line ${line}`);
  return text.slice(Number(column) - 1);
}
