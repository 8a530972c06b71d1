import { type ConfigIssue, describe } from './errors.ts';
import { type Field, isObject, type Schema } from './field.ts';
import { nearest } from './nearest.ts';
import type { Source } from './source.ts';

/** One value that a source gave, checked and parsed. */
export interface Entry {
  readonly path: string;
  readonly value: unknown;
  readonly source: Source;
  readonly secret: boolean;
}

/** Top-level keys that are others' to check: some, or all that the schema does not know. */
export type Foreign = readonly string[] | 'all';

/** Checks an object against a schema: the values that it gives, and everything that is wrong with it. */
export function check(
  schema: Schema,
  given: unknown,
  source: Source,
  foreign: Foreign = [],
): { readonly entries: Entry[]; readonly issues: ConfigIssue[] } {
  const entries: Entry[] = [];
  const issues: ConfigIssue[] = [];
  const walk = (fields: Schema, object: unknown, base: string): void => {
    if (!isObject(object)) {
      const message = `must be an object of ${Object.keys(fields).join(', ')}, not ${describe(object)}`;
      issues.push({ kind: 'wrong-value', path: base.slice(0, -1), source: source.label, message });
      return;
    }
    for (const [key, value] of Object.entries(object)) {
      if (value === undefined || (base === '' && isForeign(foreign, fields, key))) continue;
      const path = base + key;
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (!field)
        issues.push(unknownKey(key, path, fields, source, base === '' && foreign !== 'all' ? foreign : []));
      else if (field.kind === 'section') walk(field.fields, value, `${path}.`);
      else {
        const parsed = field.parse(value);
        if (parsed === undefined) issues.push(wrongValue(field, path, value, source));
        else entries.push({ path, value: parsed, source, secret: field.secret ?? false });
      }
    }
  };
  walk(schema, given, '');
  return { entries, issues };
}

function isForeign(foreign: Foreign, fields: Schema, key: string): boolean {
  return foreign === 'all' ? !Object.hasOwn(fields, key) : foreign.includes(key);
}

function unknownKey(
  key: string,
  path: string,
  fields: Schema,
  source: Source,
  foreign: readonly string[],
): ConfigIssue {
  const known = [...Object.keys(fields), ...foreign];
  const near = nearest(key, known);
  const message = near
    ? `is not a known key; did you mean '${near}'?`
    : `is not a known key; known are ${known.join(', ') || 'none'}`;
  const issue: ConfigIssue = { kind: 'unknown-key', path, source: source.label, message };
  return near ? { ...issue, suggestion: path.slice(0, path.length - key.length) + near } : issue;
}

function wrongValue(
  field: Exclude<Field, { kind: 'section' }>,
  path: string,
  value: unknown,
  source: Source,
): ConfigIssue {
  const came = field.secret ? `a ${typeof value} that is not shown` : describe(value);
  return {
    kind: 'wrong-value',
    path,
    source: source.label,
    message: `must be ${field.expected}, not ${came}`,
  };
}
