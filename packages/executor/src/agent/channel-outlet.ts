/** Outcomes by the channel: the bytes are with the kernel (or the parent thread) when `deliver` returns. */
import type { Encoded } from '@skein/codec';
import type { Storage } from '@skein/storage';
import { FrameType, frame, jsonFrame } from '../wire/frames.ts';
import { type AgentPayload, callIdOf, keys, type Place } from '../wire/payload.ts';
import type { Outlet } from './outlet.ts';

/** Writes bytes so that they outlive this process or thread. */
export type SyncWriter = (parts: readonly Uint8Array[]) => void;

/** Why the agent leaves although nobody asked it to. */
export interface Leaving {
  readonly exitCode: number | null;
  readonly running: { readonly job: number; readonly index: number } | undefined;
}

export class ChannelOutlet implements Outlet {
  readonly #write: SyncWriter;
  readonly #payload: AgentPayload;
  readonly #storage: () => Storage;

  constructor(write: SyncWriter, payload: AgentPayload, storage: () => Storage) {
    this.#write = write;
    this.#payload = payload;
    this.#storage = storage;
  }

  ready(): void {
    this.#write(jsonFrame(FrameType.ready, { pid: process.pid, node: process.version }));
  }

  leaving(leaving: Leaving): void {
    this.#write(jsonFrame(FrameType.leaving, leaving));
  }

  deliver(packed: readonly Uint8Array[]): void {
    this.#write(frame(FrameType.outcomes, packed));
  }

  async store(jobId: string, index: number, attempt: number, encoded: Encoded): Promise<Place> {
    return storeResult(this.#storage(), this.#payload, jobId, index, attempt, encoded);
  }
}

export async function storeResult(
  storage: Storage,
  payload: AgentPayload,
  jobId: string,
  index: number,
  attempt: number,
  encoded: Encoded,
): Promise<Place> {
  const key = keys.result(payload.prefix, jobId, callIdOf(index), attempt);
  await storage.putObject(payload.bucket, key, encoded.toBytes());
  return { kind: 'object', key };
}
