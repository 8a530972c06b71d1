import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { BuildFailure, Message } from 'esbuild';
import type { CapturedCode } from '../captured-code.ts';
import { BundleError, type BundleErrorCode, type BundleProblem } from './error.ts';
import { packageNameOf } from './packages.ts';
import { scriptNamespace, scriptOf } from './plugin.ts';
import { scriptTracer, trace } from './tracing.ts';

/** Says what the bundler complained of in terms of the user's files. */
export function bundleError(failure: unknown, code: CapturedCode, root: string): unknown {
  if (!isBuildFailure(failure)) return failure;
  const [first, ...rest] = failure.errors.map((message) => problem(message, code, root));
  return first ? new BundleError([first, ...rest], { cause: failure }) : failure;
}

function isBuildFailure(value: unknown): value is BuildFailure {
  return value instanceof Error && 'errors' in value && Array.isArray(value.errors);
}

function problem(message: Message, code: CapturedCode, root: string): BundleProblem {
  const specifier = /^Could not resolve "(.+)"/.exec(message.text)?.[1];
  const place = placeOf(message, specifier, code, root);
  return {
    ...place,
    specifier,
    code: codeOf(message, specifier),
    text: describe(message, specifier, place.file),
  };
}

function codeOf({ text }: Message, specifier: string | undefined): BundleErrorCode {
  if (specifier !== undefined) return 'unresolved';
  // What esbuild's lexer and parser say; everything else is about linking or loading files.
  return /^(Expected|Unexpected|Unterminated|Syntax error|Invalid|Cannot use|"\w+" can(not| only))/.test(text)
    ? 'syntax'
    : 'bundle';
}

function describe(message: Message, specifier: string | undefined, file: string | undefined): string {
  const from = file === undefined ? '' : ` from ${path.dirname(file)}`;
  if (specifier === undefined) {
    const notes = message.notes.map((note) => note.text).join(' ');
    return notes === '' ? message.text : `${message.text}. ${notes}`;
  }
  if (/^[./#]/.test(specifier)) return `"${specifier}" was looked for${from}, and there is no such file.`;
  const name = packageNameOf(specifier);
  const subpath = message.notes.some((note) => note.text.includes('not exported'))
    ? ` Its package.json does not export "${specifier}".`
    : '';
  return (
    `the package "${name}" was looked for in node_modules${from} and above, and is not there.${subpath} ` +
    `Install it (npm install ${name}), or leave it out of the bundle (external: ['${name}']) if it is ` +
    'installed where the function runs.'
  );
}

type Place = Pick<BundleProblem, 'file' | 'line' | 'column'>;

function placeOf(
  { location }: Message,
  specifier: string | undefined,
  code: CapturedCode,
  root: string,
): Place {
  if (location === null) return { file: undefined, line: undefined, column: undefined };
  if (!location.file.startsWith(`${scriptNamespace}:`))
    return { file: path.resolve(root, location.file), line: location.line, column: location.column + 1 };
  const script = scriptOf(code, location.file.slice(scriptNamespace.length + 1));
  if (!script) return { file: undefined, line: undefined, column: undefined };
  const found = trace(scriptTracer(script), location.line, location.column);
  if (found) return { ...found, column: found.column + 1 };
  return { file: script.file ?? script.url, ...placeOfImport(script.file, specifier) };
}

/** The imports of a captured script were written anew and have no mapping: the user's are found by their text. */
function placeOfImport(file: string | undefined, specifier: string | undefined): Omit<Place, 'file'> {
  const nowhere = { line: undefined, column: undefined };
  if (file === undefined || specifier === undefined) return nowhere;
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    return nowhere; // the file is gone since it ran: the message does without a line
  }
  const quoted = [`'${specifier}'`, `"${specifier}"`];
  const index = lines.findIndex((line) => quoted.some((text) => line.includes(text)));
  const column = Math.max(...quoted.map((text) => lines[index]?.indexOf(text) ?? -1));
  return index < 0 ? nowhere : { line: index + 1, column: column + 1 };
}
