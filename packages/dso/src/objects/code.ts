import type { CodeReference } from '../engine/task.ts';
import type { Value } from '../value/value.ts';
import { bad, bytes, list, text } from './arguments.ts';

/** User code as operations carry it: `[name, hash, captured values]`, or `[name]` of what the server has preloaded. */
export function codeReference(what: string, value: Value): CodeReference {
  const parts = list(what, value);
  const name = text(`${what}'s name`, parts[0]);
  if (parts.length === 1) return { kind: 'preloaded', name };
  if (parts.length !== 3) throw bad(what, 'a reference to code', value);
  const hash = text(`${what}'s hash`, parts[1]);
  return { kind: 'bundle', name, hash, values: bytes(`${what}'s values`, parts[2]) };
}

/** The inverse. */
export function codeValue(code: CodeReference): Value {
  return code.kind === 'preloaded' ? [code.name] : [code.name, code.hash, code.values];
}
