import { type MessagePort, workerData } from 'node:worker_threads';
import type { AgentPort } from './port.ts';
import { Pulse } from './pulse.ts';

/** What an agent in a thread is started with. */
export interface ThreadData {
  readonly pulse: SharedArrayBuffer;
}

/** Frames by messages: each is copied once, into a buffer that then changes hands. `null` is the end. */
export function threadPort(port: MessagePort): AgentPort {
  return {
    pulse: new Pulse((workerData as ThreadData).pulse),
    guard: () => {},
    write(parts) {
      const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
      let at = 0;
      for (const part of parts) {
        bytes.set(part, at);
        at += part.byteLength;
      }
      port.postMessage(bytes, [bytes.buffer]);
    },
    read(onData, onEnd) {
      port.on('message', (chunk: Uint8Array | null) => (chunk === null ? onEnd() : onData(chunk)));
      port.on('close', onEnd);
    },
  };
}
