import assert from 'node:assert/strict';
import { decode } from '@skein/codec';
import { bundle, capture, mapStack } from '../../../src/index.ts';
import type { LoadableCode } from './child.ts';
import type { Shape } from './shape.ts';
import type { ShapeWorker } from './worker.ts';

type Bundled = Awaited<ReturnType<typeof bundle>>;

/** Captures the shape's function, runs it in the child with every argument list, and checks what comes back. */
export async function runShape(shape: Shape, worker: ShapeWorker): Promise<void> {
  const { fn, calls, expected } = shape;
  if (expected.kind === 'refused') {
    assert.throws(
      () => capture(fn),
      (error) => {
        assert(error instanceof Error);
        assert.match(error.message, expected.message);
        return true;
      },
    );
    return;
  }
  const captured = capture(fn);
  const main = await bundle(captured);
  const encoded = calls.map((args) => captured.encodeArguments([...args], 'args'));
  const others = await Promise.all(encoded.flatMap(({ codes }) => codes).map((code) => bundle(code)));
  const answer = await worker.run({
    code: loadable(main),
    codes: others.map(loadable),
    values: captured.values.toBytes(),
    calls: encoded.map((call) => call.encoded.toBytes()),
  });
  if (answer.kind === 'error') {
    const error = decode<unknown>(answer.bytes, { functions: captured.functions });
    if (error instanceof Error && error.stack !== undefined)
      error.stack = mapStack(error.stack, [main, ...others]);
    if (expected.kind !== 'throws') throw error;
    expected.check(error);
    return;
  }
  if (answer.kind === 'failure') {
    if (expected.kind !== 'throws') throw new Error(`the child failed: ${answer.message}`);
    expected.check(new Error(answer.message));
    return;
  }
  const decodeResults = (): unknown[] => decode<unknown[]>(answer.bytes, { functions: captured.functions });
  if (expected.kind === 'throws') {
    assert.throws(decodeResults, (error) => {
      expected.check(error);
      return true;
    });
    return;
  }
  const results = decodeResults();
  if (expected.kind === 'answers') expected.check(results);
  else assert.deepStrictEqual(results, await callHere(fn, calls));
}

function loadable({ hash, code, externals }: Bundled): LoadableCode {
  return { hash, code, externals };
}

async function callHere(fn: Function, calls: Shape['calls']): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const args of calls) results.push(await settle(fn(...args)));
  return results;
}

/** Awaits promises and collects generators, as the child does. */
async function settle(result: unknown): Promise<unknown> {
  if (typeof result !== 'object' || result === null || !('next' in result)) return await result;
  const items: unknown[] = [];
  for await (const item of result as object as AsyncIterable<unknown>) items.push(item);
  return items;
}
