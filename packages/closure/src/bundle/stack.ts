import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bundle } from './types.ts';

/** `    at [async ][new ]Name.name [as alias] (place:line:column)` or without a name and parentheses. */
const framePattern = /^(\s+at )(?:(.*?) \()?([^()\s]*?):(\d+):(\d+)(\)?)$/;

type Mapped = Pick<Bundle, 'hash' | 'locate' | 'originalName'>;

/**
 * Puts the frames of a stack that lie in bundles at the files, lines and columns that the user wrote, under the
 * names that the user gave. What lies below the last of them belongs to the worker, and is dropped. A stack
 * without such a frame is returned as it is.
 *
 * A bundle's frames are known by its hash, which is part of the URL that it was loaded from.
 */
export function mapStack(stack: string, bundles: Iterable<Mapped>): string {
  const all = [...bundles];
  const lines = stack.split('\n');
  let last = -1;
  const mapped = lines.map((line, index) => {
    const found = mapFrame(line, all);
    if (found === undefined) return line;
    last = index;
    return found;
  });
  return last < 0 ? stack : mapped.slice(0, last + 1).join('\n');
}

function mapFrame(line: string, bundles: readonly Mapped[]): string | undefined {
  const [, indent, name, place, row, column, close] = framePattern.exec(line) ?? [];
  if (indent === undefined || place === undefined || close === undefined) return undefined;
  const bundle = bundles.find(({ hash }) => place.includes(hash));
  if (!bundle) return undefined;
  const at = bundle.locate(Number(row), Number(column) - 1);
  if (!at) return line; // code that the bundler or the capture added: nothing better is known
  const file = path.isAbsolute(at.file) ? pathToFileURL(at.file).href : at.file;
  const where = `${file}:${at.line}:${at.column + 1}`;
  if (name === undefined) return `${indent}${where}${close}`;
  return `${indent}${originalNames(name, bundle)} (${where})`;
}

/** Each identifier of `new Point2`, `async Point2.norm` or `Object.run [as go]`. */
function originalNames(name: string, bundle: Mapped): string {
  return name.replaceAll(/[\w$]+/g, (identifier) => bundle.originalName(identifier));
}
