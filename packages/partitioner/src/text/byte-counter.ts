import { WasmModule } from '../wasm-module.ts';

/** What count-byte.wat is assembled to; a test compares them. */
const MODULE =
  'AGFzbQEAAAABBwFgAn9/AX8DAgEABQMBABAHEgIGbWVtb3J5AgAFY291bnQAAAriAQHfAQIDfwN7IABBBHQhAyAB/Q8hBQNAIAIgA0kEQP0MAAAAAAAAAAAAAAAAAAAAACEGIAJBwB9qIQQgBCADSwRAIAMhBAsCQANAIAJBwABqIARLDQEgBiAC/QAEACAF/SMgAv0ABBAgBf0j/W4gAv0ABCAgBf0jIAL9AAQwIAX9I/1u/W79cSEGIAJBwABqIQIMAAsLA0AgAiAESQRAIAYgAv0ABAAgBf0j/XEhBiACQRBqIQIMAQsLIAcgBv19/X/9rgEhBwwBCwsgB/0bACAH/RsBaiAH/RsCIAf9GwNqags=';

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** How often a byte is among the first blocks of 16 bytes of the memory. */
  count(blocks: number, byte: number): number;
}

const BLOCK = 16;

const kernels = new WasmModule<Kernel>(MODULE);

/** Counts a byte, at the speed of memory. */
export class ByteCounter {
  /** Where bytes are counted: those that are read into it need not be copied. */
  readonly window: Uint8Array;
  readonly #kernel: Kernel;

  constructor() {
    this.#kernel = kernels.instantiate();
    this.window = new Uint8Array(this.#kernel.memory.buffer);
  }

  count(bytes: Uint8Array, byte: number): number {
    const { window } = this;
    let count = 0;
    for (let at = 0; at < bytes.length; at += window.length) {
      const piece = bytes.subarray(at, at + window.length);
      const inPlace = piece.buffer === window.buffer && piece.byteOffset === 0;
      if (!inPlace) window.set(piece);
      const blocks = Math.floor(piece.length / BLOCK);
      count += this.#kernel.count(blocks, byte);
      for (let i = blocks * BLOCK; i < piece.length; i++) if (window[i] === byte) count++;
    }
    return count;
  }
}
