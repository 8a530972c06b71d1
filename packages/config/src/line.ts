/** On which line of a configuration file something is wrong: loaders tell it each in its own way, or not at all. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The line, from 1; `undefined` where it cannot be found. At once: whoever is told of it does not go on. */
export function lineOf(error: unknown, path: string): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if (extname(path) === '.json')
    return error instanceof SyntaxError ? jsonLine(error.message, path) : undefined;
  return lineIn(`${error.message}\n${error.stack}`, path) ?? moduleLine(error, path);
}

/** Of stacks and of parsers' messages. */
function lineIn(text: string, path: string): number | undefined {
  for (const name of [path, pathToFileURL(path).href]) {
    const at = text.indexOf(`${name}:`);
    const [, line] = at < 0 ? [] : (/^(\d+)/.exec(text.slice(at + name.length + 1)) ?? []);
    if (line !== undefined) return Number(line);
  }
  return undefined;
}

/** How many characters before the wrong one V8 quotes. */
const QUOTED = 10;

/** V8 names a position or quotes what is around it. */
function jsonLine(message: string, path: string): number | undefined {
  const text = readFileSync(path, 'utf8');
  const [, position] = / at position (\d+)/.exec(message) ?? [];
  if (position !== undefined) return countLines(text.slice(0, Number(position)));
  if (/end of JSON input/.test(message)) return countLines(text.trimEnd());
  const [, before, quoted] = /, (\.\.\.)?"([\s\S]*)"(?:\.\.\.)? is not valid JSON$/.exec(message) ?? [];
  const at = quoted === undefined ? -1 : text.indexOf(quoted);
  if (at < 0) return undefined;
  const [, token = ''] = /^Unexpected token '([\s\S]*?)',/.exec(message) ?? [];
  return countLines(text.slice(0, before === undefined ? text.indexOf(token, at) : at + QUOTED));
}

const countLines = (text: string): number => text.split('\n').length;

/** Node tells where a module's syntax is wrong only to whoever does not catch the error. */
function moduleLine(error: Error, path: string): number | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const { stderr } = spawnSync(process.execPath, ['--check', path], { env: {}, encoding: 'utf8' });
  return lineIn(String(stderr), path);
}
