import { createRequire } from 'node:module';
import path from 'node:path';
import { builtin, builtinNamespace } from '../builtins.ts';
import { metaOf } from '../bundle/runtime-table.ts';
import type { ScriptRuntime } from '../captured-code.ts';
import { allocating, registerPrivates } from './privates.ts';

/**
 * What the factories of one bundle get; `base` stands for the folder of the root script, and scripts see themselves
 * in `home`.
 */
export function scriptRuntime(base: string, home: string): ScriptRuntime {
  return {
    builtin,
    builtinNamespace,
    meta: (relative) => metaOf(path.join(home, relative), createRequire(path.join(base, 'bundle.mjs'))),
    get allocating() {
      return allocating;
    },
    registerPrivates,
    coverage,
  };
}

/** Any counter of a coverage tool: every property is another one, calling gives it again, as a number it is 0. */
const coverage: unknown = new Proxy(() => coverage, {
  get: (_target, key) => (key === Symbol.toPrimitive ? () => 0 : coverage),
  set: () => true,
});
