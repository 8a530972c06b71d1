import { readFileSync, statSync } from 'node:fs';
import type { Debugger } from 'node:inspector';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionLocation } from '../inspect/function.ts';
import { connect, post, withDebugger } from '../inspect/session.ts';

/** A script as V8 ran it: after the transpiler, if there was one. */
export interface ScriptSource {
  readonly id: string;
  readonly url: string;
  /** Absolute path, when the URL is one of a file. */
  readonly file: string | undefined;
  readonly isModule: boolean;
  readonly text: string;
  /** The source map that the text names, inline or by URL; '' when there is none. */
  readonly mapUrl: string;
}

const sources = new Map<string, ScriptSource>();
/** Code without a file (`new Function`) can be made without end: only the latest is remembered. */
export const REMEMBERED: number = 256;

/**
 * The script in which `fn` is written; undefined for Node's own.
 *
 * Asking the debugger costs 5–80 ms each time there is a new script, because it lists all of them. Plain
 * JavaScript files need no debugger: if a file on the call stack has, at the function's position, exactly the
 * function's text, and has not changed since this process began, then its text is what V8 ran.
 */
export function scriptSource(location: FunctionLocation, fn: Function): ScriptSource | undefined {
  const known = sources.get(location.scriptId);
  if (known !== undefined) return known;
  const source = sourceFromStack(location, fn) ?? sourceFromDebugger(location.scriptId);
  if (source === undefined || source.url.startsWith('node:')) return undefined;
  sources.set(location.scriptId, source);
  forgetOldest(sources, REMEMBERED, ({ file }) => file === undefined);
  return source;
}

function sourceFromDebugger(id: string): ScriptSource | undefined {
  const parsed = new Map<string, { url: string; isModule: boolean; mapUrl: string }>();
  const note = ({ params }: { params: Debugger.ScriptParsedEventDataType }): void => {
    parsed.set(params.scriptId, {
      url: params.url,
      isModule: params.isModule ?? false,
      mapUrl: params.sourceMapURL ?? '',
    });
  };
  const session = connect();
  session.on('Debugger.scriptParsed', note);
  try {
    return withDebugger(() => {
      const script = parsed.get(id);
      if (script === undefined) return undefined;
      // Node's own functions are recognised by URL alone: their text is not worth a copy.
      if (script.url.startsWith('node:')) return { id, ...script, file: undefined, text: '' };
      const { scriptSource: text } = post<Debugger.GetScriptSourceReturnType>('Debugger.getScriptSource', {
        scriptId: id,
      });
      return { id, ...script, file: fileOf(script.url), text };
    });
  } finally {
    session.off('Debugger.scriptParsed', note);
  }
}

function sourceFromStack(location: FunctionLocation, fn: Function): ScriptSource | undefined {
  const text = Function.prototype.toString.call(fn);
  for (const name of filesOnStack()) {
    const file = fileOf(name);
    if (file === undefined || !/\.[cm]?js$/.test(file)) continue;
    const content = readUnchanged(file);
    if (content === undefined || !hasFunctionAt(content, location, text)) continue;
    const map = /\n\/\/[#@] sourceMappingURL=(\S+)\s*$/.exec(content)?.[1] ?? '';
    return {
      id: location.scriptId,
      url: name,
      file,
      isModule: name.startsWith('file:'),
      text: content,
      mapUrl: map,
    };
  }
  return undefined;
}

/** Whether the text of a function stands in `content` so that its parameter list (or `class`) is at `location`. */
function hasFunctionAt(content: string, location: FunctionLocation, text: string): boolean {
  let start = 0;
  for (let line = 0; line < location.line; line++) {
    start = content.indexOf('\n', start) + 1;
    if (start === 0) return false;
  }
  const position = start + location.column;
  // The position lies within the text, and the head before it (`async function name`) is short.
  const first = content.lastIndexOf(text, position);
  return first >= 0 && position < first + text.length;
}

function filesOnStack(): Set<string> {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = Number.POSITIVE_INFINITY;
    Error.prepareStackTrace = (_error, sites) => sites;
    const sites = new Error().stack as unknown as NodeJS.CallSite[];
    const names = new Set<string>();
    for (const site of sites) {
      const name = site.getFileName();
      if (name && !name.startsWith('node:')) names.add(name);
    }
    return names;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function readUnchanged(file: string): string | undefined {
  try {
    const { mtimeMs, ctimeMs } = statSync(file);
    if (Math.max(mtimeMs, ctimeMs) >= performance.timeOrigin) return undefined;
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // not a file of this machine: the debugger knows its text
  }
}

/** Keeps a map from growing without end: beyond `limit`, the oldest entries that may go do. */
export function forgetOldest<V>(map: Map<string, V>, limit: number, mayGo: (value: V) => boolean): void {
  if (map.size <= limit) return;
  for (const [key, value] of map) {
    if (!mayGo(value)) continue;
    map.delete(key);
    return;
  }
}

/** The path of a script's URL; undefined for what is not a file. */
export function fileOf(url: string): string | undefined {
  if (url.startsWith('file:')) return fileURLToPath(url.replace(/[?#].*$/, ''));
  return isAbsolute(url) ? url : undefined;
}
