/**
 * What a configuration may hold. A schema is a plain object of fields; the types of its values are inferred from it.
 */
export type Schema = Readonly<Record<string, Field>>;

/** What every field may say of itself. */
export interface FieldNotes {
  /** Masked wherever it is printed, and never quoted in an error. @default false */
  readonly secret?: boolean;
}

/** One value: how it is checked, and how it is read from the text of an environment variable. */
export interface ValueField<T = unknown> extends FieldNotes {
  readonly kind: 'value';
  /** Completes "must be …". */
  readonly expected: string;
  /** The value as the program gets it; undefined when it is not what is expected. */
  parse(value: unknown): T | undefined;
  /** The value of a variable's text, to be parsed; undefined when no text can say it. */
  fromText(text: string): unknown;
}

/** Fields below a name of their own, such as the options of one backend. */
export interface SectionField<S extends Schema = Schema> {
  readonly kind: 'section';
  readonly fields: S;
}

export type Field = ValueField | SectionField;

/** The values of a schema: every one may be missing, defaults are the business of who uses them. */
export type Values<S extends Schema> = {
  readonly [K in keyof S]?: S[K] extends SectionField<infer F>
    ? Values<F>
    : S[K] extends ValueField<infer T>
      ? T
      : never;
};

/** Text that is not empty. */
export function text(notes: FieldNotes = {}): ValueField<string> {
  return {
    ...notes,
    kind: 'value',
    expected: 'text that is not empty',
    parse: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
    fromText: (written) => written,
  };
}

/** One of a few words. */
export function oneOf<const W extends readonly [string, ...string[]]>(...words: W): ValueField<W[number]> {
  return {
    kind: 'value',
    expected: words.map((word) => `'${word}'`).join(' or '),
    parse: (value) => words.find((word) => word === value),
    fromText: (written) => written,
  };
}

/** A number within bounds, both inclusive; `whole` refuses fractions. */
export function number(
  bounds: { readonly min?: number; readonly max?: number; readonly whole?: boolean } = {},
): ValueField<number> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = false } = bounds;
  const range = [
    ...(min === Number.NEGATIVE_INFINITY ? [] : [`at least ${min}`]),
    ...(max === Number.POSITIVE_INFINITY ? [] : [`at most ${max}`]),
  ].join(' and ');
  return {
    kind: 'value',
    expected: `a ${whole ? 'whole ' : ''}number${range && ` of ${range}`}`,
    parse: (value) => {
      if (typeof value !== 'number' || Number.isNaN(value) || value < min || value > max) return undefined;
      return whole && !Number.isSafeInteger(value) ? undefined : value;
    },
    fromText: (written) => (written.trim() === '' ? written : Number(written)),
  };
}

/** true or false. */
export function flag(): ValueField<boolean> {
  const words: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };
  return {
    kind: 'value',
    expected: 'true or false',
    parse: (value) => (typeof value === 'boolean' ? value : undefined),
    fromText: (written) => words[written.trim().toLowerCase()] ?? written,
  };
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/** Bytes: a number of them, or text such as '64MiB' or '1.5 GB'. The program gets the number. */
export function size(): ValueField<number> {
  return {
    kind: 'value',
    expected: "a number of bytes, or text such as '64MiB' or '1.5GB'",
    parse: (value) => {
      if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
      if (typeof value !== 'string') return undefined;
      const [, count = '', unit = 'b'] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*$/i.exec(value) ?? [];
      const factor = UNITS[unit.toLowerCase()];
      return count === '' || factor === undefined ? undefined : Math.round(Number(count) * factor);
    },
    fromText: (written) => written,
  };
}

/** A list of values of one kind; in a variable, JSON or text with commas. */
export function list<T>(item: ValueField<T>): ValueField<readonly T[]> {
  return {
    ...(item.secret && { secret: true }),
    kind: 'value',
    expected: `a list, each item ${item.expected}`,
    parse: (value) => {
      if (!Array.isArray(value)) return undefined;
      const items = value.map((entry) => item.parse(entry));
      return items.some((entry) => entry === undefined) ? undefined : (items as T[]);
    },
    fromText: (written) => {
      if (written.trim().startsWith('[')) return fromJson(written);
      return written.split(',').map((entry) => item.fromText(entry.trim()));
    },
  };
}

/** Values of one kind under names that the user chooses, such as environment variables for workers; in a variable, JSON. */
export function map<T>(item: ValueField<T>): ValueField<Readonly<Record<string, T>>> {
  return {
    ...(item.secret && { secret: true }),
    kind: 'value',
    expected: `an object, each value ${item.expected}`,
    parse: (value) => {
      if (!isObject(value)) return undefined;
      const entries = Object.entries(value).map(([name, entry]) => [name, item.parse(entry)] as const);
      return entries.some(([, entry]) => entry === undefined)
        ? undefined
        : (Object.fromEntries(entries) as Record<string, T>);
    },
    fromText: fromJson,
  };
}

/** A value of the program's own kind, such as a driver object or either of two forms. */
export function custom<T>(
  expected: string,
  parse: (value: unknown) => T | undefined,
  notes: FieldNotes & { readonly fromText?: (text: string) => unknown } = {},
): ValueField<T> {
  return { fromText: (written) => written, ...notes, kind: 'value', expected, parse };
}

/** Fields under one name. */
export function section<const S extends Schema>(fields: S): SectionField<S> {
  return { kind: 'section', fields };
}

/** Whether a value can hold fields: an object written in a file or a literal, not an instance of something. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm (a test runner's, a loader's) have another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function fromJson(written: string): unknown {
  try {
    return JSON.parse(written) as unknown;
  } catch {
    return written;
  }
}
