// The other side: a process that has the load side of the library and nothing else.

import { type LoadableCode, loadCode, unpack } from '@skein/closure/load';
import { encode } from '@skein/codec';

/** One thing to do: call a captured function, or unpack a message and call what is in it. */
export type Request =
  | {
      readonly kind: 'call';
      readonly code: LoadableCode;
      readonly values: Uint8Array;
      readonly codes: readonly LoadableCode[];
      readonly args: Uint8Array;
    }
  | { readonly kind: 'unpack'; readonly bytes: Uint8Array };

/** `error` is encoded like a result; `failure` is the message of an error that could not be. */
export type Answer =
  | { readonly kind: 'result' | 'error'; readonly bytes: Uint8Array }
  | { readonly kind: 'failure'; readonly message: string };

process.on('message', (request: Request) => {
  void answer(request).then((result) => process.send?.(result));
});

async function answer(request: Request): Promise<Answer> {
  try {
    if (request.kind === 'unpack') {
      const run = await unpack<() => unknown>(request.bytes);
      return { kind: 'result', bytes: encode(await run(), { root: 'result' }).toBytes() };
    }
    const code = await loadCode(request.code);
    const loaded = code.decode<(...args: unknown[]) => unknown>(request.values);
    const codes = await Promise.all(request.codes.map((extra) => loadCode(extra)));
    const args = loaded.decode<unknown[]>(request.args, { codes });
    const { functions } = loaded;
    try {
      const result = await loaded.value(...args);
      return { kind: 'result', bytes: encode(result, { functions, root: 'result' }).toBytes() };
    } catch (error) {
      return {
        kind: 'error',
        bytes: encode(error, { functions, root: 'error', dropped: () => {} }).toBytes(),
      };
    }
  } catch (error) {
    return { kind: 'failure', message: String(error instanceof Error ? error.stack : error) };
  }
}
