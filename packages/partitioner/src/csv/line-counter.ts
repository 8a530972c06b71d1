/** What count-lines.wat is assembled to; a test compares them. */
const MODULE =
  'AGFzbQEAAAABBwFgAn9/AX8DAgEABQMBACEHEgIGbWVtb3J5AgAFY291bnQAAApqAWgCAn8EeyAAIAFBBHRqIQJBCv0PIQRBDf0PIQUDQCAAIAJJBEAgAP0ABAAhBiAA/QAEASEHIAMgByAE/SMgByAF/SP9UCAGIAT9IyAGIAX9I/1Q/U/9ZGlqIQMgAEEQaiEADAELCyADCw==';

/** As far as it is used here: TypeScript has its types only together with those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Of the memory. */
  count(at: number, blocks: number): number;
}

const BLOCK = 16;
const LF = 0x0a;
const CR = 0x0d;
const MIB = 2 ** 20;

let compiled: object | undefined;

/** Counts lines that have something in them, at the speed of memory. */
export class LineCounter {
  /** What is read into it need not be copied to be counted. */
  readonly window: Buffer;
  /** Where other bytes are copied to. */
  readonly #copies: Buffer;
  readonly #kernel: Kernel;

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(MODULE, 'base64'));
    this.#kernel = new WebAssembly.Instance(compiled).exports as Kernel;
    this.window = Buffer.from(this.#kernel.memory.buffer, 0, MIB);
    this.#copies = Buffer.from(this.#kernel.memory.buffer, MIB, MIB);
  }

  /** Of whole lines, which end with a newline: '\n' or '\r'. */
  count(bytes: Uint8Array): number {
    const last = bytes.length - 1; // behind which nothing is looked at
    let count = 0;
    let at = 0;
    while (last - at >= BLOCK) {
      const piece = bytes.subarray(at, at + MIB);
      const blocks = Math.floor(Math.min(last - at, MIB - 1) / BLOCK);
      count += this.#kernel.count(this.#placeOf(piece), blocks);
      at += blocks * BLOCK;
    }
    for (; at < last; at++) if (!isNewline(bytes[at]) && isNewline(bytes[at + 1])) count++;
    return count;
  }

  #placeOf(piece: Uint8Array): number {
    if (piece.buffer === this.window.buffer) return piece.byteOffset;
    this.#copies.set(piece);
    return this.#copies.byteOffset;
  }
}

function isNewline(byte: number | undefined): boolean {
  return byte === LF || byte === CR;
}
