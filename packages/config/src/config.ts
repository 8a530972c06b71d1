import { inspect } from 'node:util';
import type { Entry } from './check.ts';
import { maskUrl } from './errors.ts';
import type { Schema, Values } from './field.ts';
import type { Source } from './source.ts';

/** A value as it may be shown. */
export interface ConfigRow {
  readonly path: string;
  /** Masked when it is secret; URLs without user and password. */
  readonly value: unknown;
  readonly source: string;
}

const MASK = '***';

/** What was found: the values, and for each where it was said. Printing it shows no secret. */
export class Config<S extends Schema> {
  readonly #entries = new Map<string, Entry>();
  /** The merged values, sections as objects. */
  readonly values: Values<S>;

  /** The first entry of a path wins. */
  constructor(entries: Iterable<Entry>) {
    const values: Record<string, unknown> = {};
    const made: object[] = [values];
    for (const entry of entries) {
      if (this.#entries.has(entry.path)) continue;
      this.#entries.set(entry.path, entry);
      place(values, entry.path.split('.'), entry.value, made);
    }
    // What was made here, not what a program passed.
    for (const object of made) Object.freeze(object);
    this.values = values as Values<S>;
  }

  /** Where the value of a key such as 'localhost.isolation' was said; undefined when nobody said it. */
  source(path: string): Source | undefined {
    return this.#entries.get(path)?.source;
  }

  /** Every value with its source, to be shown: secrets are masked. */
  rows(): ConfigRow[] {
    return [...this.#entries.values()]
      .map(({ path, value, source, secret }) => ({
        path,
        value: secret ? MASK : masked(value),
        source: source.label,
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** One line a value. */
  toString(): string {
    return this.rows()
      .map(
        ({ path, value, source }) =>
          `${path} = ${typeof value === 'string' ? value : inspect(value)}  (${source})`,
      )
      .join('\n');
  }

  /** As it may be printed: `JSON.stringify(config)` shows no secret. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(this.rows().map(({ path, value }) => [path, value]));
  }

  static {
    // Not written as a method: declarations made file by file cannot name `inspect.custom`.
    Object.defineProperty(Config.prototype, inspect.custom, {
      value(this: Config<Schema>): string {
        return `Config {\n${this.toString().replace(/^/gm, '  ')}\n}`;
      },
    });
  }
}

function place(
  values: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
  made: object[],
): void {
  const [step = '', ...rest] = path;
  if (rest.length === 0) {
    values[step] = value;
    return;
  }
  let below = values[step] as Record<string, unknown> | undefined;
  if (below === undefined) {
    below = {};
    made.push(below);
    values[step] = below;
  }
  place(below, rest, value, made);
}

function masked(value: unknown): unknown {
  if (typeof value === 'string') return maskUrl(value);
  return Array.isArray(value) ? value.map(masked) : value;
}
