/** Python's type codes of shared values, and the names of JavaScript's typed arrays. */
import { badArgument } from '../errors.ts';

const TYPES = {
  b: 'int8',
  B: 'uint8',
  h: 'int16',
  H: 'uint16',
  i: 'int32',
  I: 'uint32',
  // C's long has 32 bits or 64; here it is a number in any case.
  l: 'int32',
  L: 'uint32',
  q: 'bigint64',
  Q: 'biguint64',
  f: 'float32',
  d: 'float64',
} as const;

type Code = keyof typeof TYPES;
export type ElementType = (typeof TYPES)[Code];
/** `'i'`, `'d'`, … as in Python, or `'int32'`, `'float64'`, … */
export type TypeCode = Code | ElementType;

/** The type that a code means. */
export type TypeOf<C extends TypeCode> = C extends Code ? (typeof TYPES)[C] : C;

/** What an element is in a program: 64-bit integers are bigints. */
export type Element<C extends TypeCode> = TypeOf<C> extends 'bigint64' | 'biguint64' ? bigint : number;

export function typeOf<C extends TypeCode>(code: C): TypeOf<C> {
  const types: Readonly<Record<string, ElementType>> = TYPES;
  const type =
    (Object.hasOwn(types, code) ? types[code] : undefined) ??
    (Object.values(types).includes(code as ElementType) ? code : undefined);
  if (type === undefined)
    throw badArgument(
      'the type',
      `one of ${Object.keys(TYPES).join(' ')}, or the name of a typed array such as 'int32'`,
      code,
    );
  return type as TypeOf<C>;
}
