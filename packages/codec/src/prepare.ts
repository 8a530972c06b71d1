import { asBuffer, readHandles } from './decode.ts';
import { HandleError } from './errors.ts';
import { openFrame } from './frame.ts';
import { ownPortable, type PortableClass, registerPortable } from './portable.ts';
import { Source } from './source.ts';
import { codecState } from './state.ts';

/** How to import the modules of handles. */
export interface PrepareOptions {
  /** @default import(), from where this package is installed */
  readonly import?: (specifier: string) => Promise<unknown>;
}

/**
 * Imports the modules of those handles in a message whose types this process does not know yet, so that
 * `decode` can stay synchronous. A module registers its classes itself, or exports them.
 */
export async function prepare(bytes: Uint8Array, options: PrepareOptions = {}): Promise<void> {
  const frame = openFrame(bytes);
  const handles = readHandles(new Source(asBuffer(bytes), frame.tail, frame.headLength));
  const { portables } = codecState();
  const load = options.import ?? ((specifier: string): Promise<unknown> => import(specifier));
  await Promise.all(
    handles.map(async ({ type, module }) => {
      if (portables.has(type)) return;
      let loaded: unknown;
      try {
        loaded = await load(module);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new HandleError(
          'unknown-type',
          type,
          `the message holds a handle of type ${type}, and importing '${module}', which defines it, failed: ${why}`,
          { cause },
        );
      }
      if (!portables.has(type)) registerExports(loaded);
    }),
  );
}

function registerExports(loaded: unknown): void {
  if (typeof loaded !== 'object' || loaded === null) return;
  for (const value of Object.values(loaded)) {
    if (typeof value === 'function' && ownPortable(value) !== undefined)
      registerPortable(value as PortableClass & Function);
  }
}
