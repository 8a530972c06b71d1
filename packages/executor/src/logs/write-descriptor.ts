import { writeSync } from 'node:fs';
import type { OutputStream } from './output-terms.ts';

const closed = new Set<OutputStream>();
let cell: Int32Array | undefined;

/**
 * Writes to standard output or error, and returns when the kernel has everything: what a call prints is there even if
 * it kills its process, and does not pile up in memory when nobody reads.
 */
export function writeDescriptor(stream: OutputStream, bytes: Uint8Array): void {
  if (closed.has(stream)) return;
  for (let at = 0; at < bytes.byteLength; ) {
    try {
      at += writeSync(stream, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') {
        closed.add(stream); // nobody reads any more, as after `| head`: that is no failure of the call's
        return;
      }
      // A pipe that another process of the program has set not to block, and that is full.
      cell ??= new Int32Array(new SharedArrayBuffer(4));
      Atomics.wait(cell, 0, 0, 1);
    }
  }
}
