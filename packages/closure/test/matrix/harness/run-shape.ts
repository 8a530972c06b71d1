import assert from 'node:assert/strict';
import { decode } from '@skein/codec';
import { type Bundle, bundle, capture, mapStack } from '../../../src/index.ts';
import type { LoadableCode } from './child.ts';
import type { Shape } from './shape.ts';
import type { ShapeWorker } from './worker.ts';

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
  const codes = await Promise.all(encoded.map((call) => Promise.all(call.codes.map((code) => bundle(code)))));
  const answer = await worker.run({
    code: loadable(main),
    values: captured.values.toBytes(),
    calls: encoded.map((call, i) => ({
      bytes: call.encoded.toBytes(),
      codes: codes[i]?.map(loadable) ?? [],
    })),
  });
  const results = (): unknown[] => {
    if (answer.kind === 'failure') throw new Error(`the child failed: ${answer.message}`);
    // Array.from: under vitest's vmThreads the answer is of another realm, and so is what its own map() gives.
    return Array.from(answer.outcomes, ({ kind, bytes }, i) => {
      const functions = encoded[i]?.functions ?? captured.functions;
      const value = decode<unknown>(bytes, { functions });
      if (kind === 'result') return value;
      if (value instanceof Error && value.stack !== undefined)
        value.stack = mapStack(value.stack, [main, ...codes.flat()]);
      throw value;
    });
  };
  if (expected.kind === 'throws') expected.check(thrownBy(results));
  else if (expected.kind === 'answers') expected.check(results());
  else assert.deepStrictEqual(results(), await callHere(fn, calls));
}

function thrownBy(run: () => unknown): unknown {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    return error;
  }
  assert.fail(`expected the call to throw, it gave ${String(result)}`);
}

function loadable({ hash, code, externals, base }: Bundle): LoadableCode {
  return { hash, code, externals, base };
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
