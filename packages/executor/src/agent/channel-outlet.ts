/** Outcomes by the channel: the bytes are with the kernel (or the parent thread) when `deliver` returns. */
import type { Encoded } from '@skein/codec';
import type { Storage } from '@skein/storage';
import { FrameType, frame, jsonFrame } from '../wire/frames.ts';
import type { CallNumber, LastWords, ReadyMessage } from '../wire/messages.ts';
import type { AgentPayload, JobDescription, Place } from '../wire/payload.ts';
import type { Outlet } from './outlet.ts';
import { storeResult } from './store-result.ts';

/** Writes bytes so that they outlive this process or thread. */
export type SyncWriter = (parts: readonly Uint8Array[]) => void;

export class ChannelOutlet implements Outlet {
  readonly #write: SyncWriter;
  readonly #payload: AgentPayload;
  readonly #storage: () => Storage;

  constructor(write: SyncWriter, payload: AgentPayload, storage: () => Storage) {
    this.#write = write;
    this.#payload = payload;
    this.#storage = storage;
  }

  ready(heapLimit: number): void {
    const ready: ReadyMessage = { pid: process.pid, node: process.version, heapLimit };
    this.#write(jsonFrame(FrameType.ready, ready));
  }

  begun(job: number, index: number): void {
    this.#write(jsonFrame(FrameType.begun, { job, index } satisfies CallNumber));
  }

  leaving(leaving: LastWords): void {
    this.#write(jsonFrame(FrameType.leaving, leaving));
  }

  deliver(packed: readonly Uint8Array[]): void {
    this.#write(frame(FrameType.outcomes, packed));
  }

  async store(job: JobDescription, index: number, attempt: number, encoded: Encoded): Promise<Place> {
    return storeResult(this.#storage(), this.#payload.bucket, job, index, attempt, encoded);
  }
}
