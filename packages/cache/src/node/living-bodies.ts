/**
 * Bodies that this process has read and that somebody still holds, be it a call that works with them or one whose garbage was not
 * collected yet: who asks for the same entry again gets the same memory, unread. So calls that use one large array at a time hold it
 * once, also where it is too large for the memory tier.
 */

/** Smaller ones are read again sooner than they are looked after. */
const LARGE_BYTES = 256 * 1024;

export class LivingBodies {
  readonly #buffers = new Map<string, WeakRef<ArrayBufferLike>>();
  readonly #collected = new FinalizationRegistry<string>((id) => {
    if (this.#buffers.get(id)?.deref() === undefined) this.#buffers.delete(id);
  });

  find(id: string): Uint8Array | undefined {
    const buffer = this.#buffers.get(id)?.deref();
    // Somebody may have transferred it to another thread: then nothing of it is left here.
    return buffer === undefined || buffer.byteLength === 0 ? undefined : new Uint8Array(buffer);
  }

  /** @param body all of its memory */
  offer(id: string, { buffer, byteLength }: Uint8Array): void {
    if (byteLength < LARGE_BYTES || byteLength !== buffer.byteLength) return;
    if (this.#buffers.get(id)?.deref() === buffer) return;
    this.#buffers.set(id, new WeakRef(buffer));
    this.#collected.register(buffer, id);
  }
}
