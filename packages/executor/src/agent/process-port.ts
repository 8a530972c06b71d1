import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { startGuardThread } from './guard-thread.ts';
import type { AgentPort } from './port.ts';
import { Pulse } from './pulse.ts';

const IN = 3;
const OUT = 4;

/**
 * Descriptor 4 stays in blocking mode and is written synchronously: when a write returns, the kernel has the
 * bytes, whatever becomes of this process; a client that does not read slows its agents down, and that is all.
 */
export function processPort(): AgentPort {
  let closed = false;
  const pulse = new Pulse();
  return {
    pulse,
    guard: (heapLimit) => startGuardThread(pulse, heapLimit),
    write(parts) {
      if (closed) return;
      // The guard writes to the same descriptor.
      pulse.lock();
      try {
        writeAll(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
      } catch (error) {
        // Nobody reads any more: the client is gone, and nothing that is done here matters to anyone.
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
        closed = true;
        process.exit(0);
      } finally {
        pulse.unlock();
      }
    },
    read(onData, onEnd) {
      const socket = new Socket({ fd: IN, readable: true, writable: false });
      socket.on('data', onData);
      socket.on('end', onEnd);
      socket.on('error', onEnd);
    },
  };
}

/** Synchronously, however full the pipe is. */
export function writeAll(bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.byteLength) at += writeSync(OUT, bytes, at);
}
