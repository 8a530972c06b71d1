import { check, type Entry } from './check.ts';
import type { ConfigIssue } from './errors.ts';
import type { Schema } from './field.ts';
import { variable } from './source.ts';

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable of a key: `SKEIN_RUNTIME_MEMORY` of 'runtimeMemory', `SKEIN_LOCALHOST_ISOLATION` of 'localhost.isolation'. */
export function variableName(path: string): string {
  return `SKEIN_${path
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[.-]/g, '_')
    .toUpperCase()}`;
}

/** What single variables say. One that is empty says nothing: that is how a shell takes a variable back. */
export function checkVariables(
  schema: Schema,
  env: Environment,
): { readonly entries: Entry[]; readonly issues: ConfigIssue[] } {
  const entries: Entry[] = [];
  const issues: ConfigIssue[] = [];
  const walk = (fields: Schema, base: readonly string[]): void => {
    for (const [key, field] of Object.entries(fields)) {
      const path = [...base, key];
      if (field.kind === 'section') {
        walk(field.fields, path);
        continue;
      }
      const name = variableName(path.join('.'));
      const written = env[name];
      if (written === undefined || written === '') continue;
      const given = path.reduceRight<unknown>((value, step) => ({ [step]: value }), field.fromText(written));
      const checked = check(schema, given, variable(name));
      entries.push(...checked.entries);
      issues.push(...checked.issues);
    }
  };
  walk(schema, []);
  return { entries, issues };
}
