import { prepare } from '@skein/codec';

/**
 * Makes the classes of handles known that are in a message. Those of this package come from this very copy: where it
 * is installed, `@skein/codec` may not find it.
 */
export function prepareHandles(bytes: Uint8Array): Promise<void> {
  return prepare(bytes, {
    import: (specifier) =>
      specifier === '@skein/dso/handles' ? import('../../handles/register.ts') : import(specifier),
  });
}
