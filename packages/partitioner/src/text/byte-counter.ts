/** What count-byte.wat is assembled to; a test compares them. */
const MODULE =
  'AGFzbQEAAAABBwFgAn9/AX8DAgEABQMBABAHEgIGbWVtb3J5AgAFY291bnQAAAo9ATsCA38BeyAAQQR0IQMgAf0PIQUDQCACIANJBEAgBCAC/QAEACAF/SP9ZGlqIQQgAkEQaiECDAELCyAECw==';

/** As far as it is used here: TypeScript has its types only together with those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** How often a byte is among the first blocks of 16 bytes of the memory. */
  count(blocks: number, byte: number): number;
}

const BLOCK = 16;

let compiled: object | undefined;

/** Counts a byte, at the speed of memory. */
export class ByteCounter {
  /** Where bytes are counted: those that are read into it need not be copied. */
  readonly window: Uint8Array;
  readonly #kernel: Kernel;
  readonly #byte: number;

  constructor(byte: number) {
    compiled ??= new WebAssembly.Module(Buffer.from(MODULE, 'base64'));
    this.#kernel = new WebAssembly.Instance(compiled).exports as Kernel;
    this.window = new Uint8Array(this.#kernel.memory.buffer);
    this.#byte = byte;
  }

  count(bytes: Uint8Array): number {
    const { window } = this;
    let count = 0;
    for (let at = 0; at < bytes.length; at += window.length) {
      const piece = bytes.subarray(at, at + window.length);
      const inPlace = piece.buffer === window.buffer && piece.byteOffset === 0;
      if (!inPlace) window.set(piece);
      const blocks = Math.floor(piece.length / BLOCK);
      count += this.#kernel.count(blocks, this.#byte);
      for (let i = blocks * BLOCK; i < piece.length; i++) if (window[i] === this.#byte) count++;
    }
    return count;
  }
}
