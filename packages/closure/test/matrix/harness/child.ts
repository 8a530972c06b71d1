// The bare child: what a worker has of the library, and nothing else.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decode, encode } from '@skein/codec';
import { loadCode } from '../../../src/load.ts';

export type LoadableCode = Parameters<typeof loadCode>[0];

export interface Request {
  readonly id: number;
  readonly code: LoadableCode;
  /** Code of functions and classes that come with the arguments. */
  readonly codes: readonly LoadableCode[];
  readonly values: Uint8Array;
  readonly calls: readonly Uint8Array[];
}

/** `results` of all calls; the `error` that one of them threw; or the `failure` of everything around them. */
export type Answer = { readonly id: number } & (
  | { readonly kind: 'results' | 'error'; readonly bytes: Uint8Array }
  | { readonly kind: 'failure'; readonly message: string }
);

const directory = mkdtempSync(path.join(tmpdir(), 'skein-matrix-'));

process.on('message', async (request: Request) => {
  const { id } = request;
  try {
    process.send?.({ id, ...(await answer(request)) } satisfies Answer);
  } catch (error) {
    const message = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
    process.send?.({ id, kind: 'failure', message } satisfies Answer);
  }
});

async function answer(request: Request): Promise<{ kind: 'results' | 'error'; bytes: Uint8Array }> {
  const code = await loadCode(request.code, { directory });
  const codes = await Promise.all(request.codes.map((other) => loadCode(other, { directory })));
  const { value: fn, functions } = code.decode<(...args: unknown[]) => unknown>(request.values, { codes });
  const results: unknown[] = [];
  try {
    for (const call of request.calls) {
      const args = decode<unknown[]>(call, { functions });
      results.push(await settle(fn(...args)));
    }
  } catch (error) {
    return { kind: 'error', bytes: encode(error, { functions }).toBytes() };
  }
  return { kind: 'results', bytes: encode(results, { functions, root: 'results' }).toBytes() };
}

/** Awaits promises and collects generators, so that shapes of every kind have a result to send. */
async function settle(result: unknown): Promise<unknown> {
  if (typeof result !== 'object' || result === null || !('next' in result)) return await result;
  const items: unknown[] = [];
  for await (const item of result as object as AsyncIterable<unknown>) items.push(item);
  return items;
}
