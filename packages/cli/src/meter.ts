import { bytes } from './units.ts';

/** Shorter waits need no company. */
const patienceMs = 500;
const redrawMs = 200;

/**
 * The same bytes, counted on the last line of the terminal as they pass; where standard error is none, in silence.
 *
 * @param open called when the bytes are asked for: a stream that nobody reads yet would fail with nobody to hear of it
 * @param total where it is known
 */
export async function* metered(
  open: () => AsyncIterable<Uint8Array>,
  total: number | undefined,
): AsyncGenerator<Uint8Array> {
  if (!process.stderr.isTTY) {
    yield* open();
    return;
  }
  const started = performance.now();
  let drawn = started + patienceMs - redrawMs;
  let passed = 0;
  try {
    for await (const chunk of open()) {
      yield chunk;
      passed += chunk.byteLength;
      const now = performance.now();
      if (now - drawn < redrawMs) continue;
      drawn = now;
      const rate = bytes(Math.round((passed * 1000) / (now - started)));
      process.stderr.write(`\r\u001b[K${progressOf(passed, total)}, ${rate}/s`);
    }
  } finally {
    if (drawn > started + patienceMs - redrawMs) process.stderr.write('\r\u001b[K');
  }
}

function progressOf(passed: number, total: number | undefined): string {
  if (total === undefined || total === 0) return bytes(passed);
  return `${Math.floor((passed * 100) / total)}% of ${bytes(total)}`;
}
