import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { AgentPort } from './port.ts';

const IN = 3;
const OUT = 4;

/**
 * Descriptor 4 stays in blocking mode and is written synchronously: when a write returns, the kernel has the
 * bytes, whatever becomes of this process; a client that does not read slows its agents down, and that is all.
 */
export function processPort(): AgentPort {
  let closed = false;
  return {
    write(parts) {
      if (closed) return;
      try {
        writeAll(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
      } catch (error) {
        // Nobody reads any more: the client is gone, and nothing that is done here matters to anyone.
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
        closed = true;
        process.exit(0);
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

function writeAll(bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.byteLength) at += writeSync(OUT, bytes, at);
}
