// The bare child: what a worker has of the library, and nothing else.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encode } from '@skein/codec';
import { loadCode } from '../../../src/load.ts';

export type LoadableCode = Parameters<typeof loadCode>[0];

/** The arguments of one call, with the code of functions and classes that come with them. */
export interface Call {
  readonly bytes: Uint8Array;
  readonly codes: readonly LoadableCode[];
}

export interface Request {
  readonly id: number;
  readonly code: LoadableCode;
  readonly values: Uint8Array;
  readonly calls: readonly Call[];
}

/** How a call ended, encoded. */
export interface Outcome {
  readonly kind: 'result' | 'error';
  readonly bytes: Uint8Array;
}

/** The outcomes of all calls, or the failure of everything around them. */
export type Answer = { readonly id: number } & (
  | { readonly kind: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'failure'; readonly message: string }
);

const directory = mkdtempSync(path.join(tmpdir(), 'skein-matrix-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

process.on('message', async (request: Request) => {
  const { id } = request;
  try {
    process.send?.({ id, kind: 'outcomes', outcomes: await run(request) } satisfies Answer);
  } catch (error) {
    const message = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
    process.send?.({ id, kind: 'failure', message } satisfies Answer);
  }
});

async function run(request: Request): Promise<Outcome[]> {
  const code = await loadCode(request.code, { directory });
  const loaded = code.decode<(...args: unknown[]) => unknown>(request.values);
  const { value: fn, functions } = loaded;
  const outcomes: Outcome[] = [];
  for (const { bytes, codes } of request.calls) {
    const more = await Promise.all(codes.map((other) => loadCode(other, { directory })));
    const args = loaded.decode<unknown[]>(bytes, more.length === 0 ? {} : { codes: more });
    const outcome = await settle(() => fn(...args)).then(
      (value) => ({ kind: 'result', value }) as const,
      (value: unknown) => ({ kind: 'error', value }) as const,
    );
    const encoded = encode(outcome.value, { functions, root: outcome.kind });
    outcomes.push({ kind: outcome.kind, bytes: encoded.toBytes() });
  }
  return outcomes;
}

/** Awaits promises and collects generators, so that shapes of every kind have a result to send. */
async function settle(call: () => unknown): Promise<unknown> {
  const result = call();
  if (typeof result !== 'object' || result === null || !('next' in result)) return await result;
  const items: unknown[] = [];
  for await (const item of result as object as AsyncIterable<unknown>) items.push(item);
  return items;
}
