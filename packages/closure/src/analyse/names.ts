/**
 * Names that emitted code adds beside the user's. The suffix keeps them apart from anything a person or a
 * transpiler writes.
 */
export const NAMES = {
  runtime: 'skein$',
  meta: 'meta$skein',
  self: 'this$skein',
  name: 'name$skein',
  before: 'before$skein',
  values: 'values$skein',
  /** An object that holds one variable which several functions share; followed by a number. */
  shared: 'scope$skein',
} as const;
