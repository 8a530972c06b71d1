import { WasmModule } from '../wasm-module.ts';
import { type Automaton, FIELD, QUOTE, QUOTED, run, type State, UNQUOTED } from './automaton.ts';

/** What count-records.wat is assembled to; a test compares them. */
const MODULE =
  'AGFzbQEAAAABDAFgBX9/f39/A39/fwMCAQAFAwEAEQcSAgZtZW1vcnkCAAVjb3VudAAACssFAcgFBgV/AnsHfwJ7A34Fe0EK/Q8hGEEN/Q8hGSAD/Q8hGiAE/Q8hGyADQQBO/Q8hHCACQQBGIQYgAkEBRiEHIAJBBEYhCEEAIAJBA0ZrIQkgACESAkADQCAJIAhyRQRAIAatIRYCQANAIABBwABqIAFLDQEgAP0ABAAhCiAA/QAEECELIAD9AAQgIRMgAP0ABDAhFCAcIAogGv0jIAsgGv0j/VAgEyAa/SMgFCAa/SP9UP1Q/U79Uw0BIAogGP0jIAogGf0j/VD9ZK0gCyAY/SMgCyAZ/SP9UP1krUIQhoQgEyAY/SMgEyAZ/SP9UP1krUIghiAUIBj9IyAUIBn9I/1Q/WStQjCGhIQhFSAXIBVCAYYgFoQgFUJ/hYN7fCEXIBVCP4ghFiAAQcAAaiEADAALCyAWpyEGIAAgEksEQCAAQQFrLQAAIARGIQcLCyAAIAFPDQEgAP0ABAAhCiAA/QAEECELIAogGP0jIAogGf0j/VD9ZCALIBj9IyALIBn9I/1Q/WRBEHRyIQwgCSAIciAcIAogGv0jIAsgGv0j/VD9Tv1TckUEQCAFIAxBAXQgBnIgDEF/c3FpaiEFIAxBH3YhBiAALQAfIARGIQcgAEEgaiEADAELIAogGv0j/WQgCyAa/SP9ZEEQdHIhDSAMIA1yIAogG/0j/WQgCyAb/SP9ZEEQdHJyIQ4gDSEPIA8gD0EBdHMhDyAPIA9BAnRzIQ8gDyAPQQR0cyEPIA8gD0EIdHMhDyAPIA9BEHRzIQ8gDyAJcyEPIA0gD0F/c3EhECANIA9xQX8gDkEBdCAGciAHIAhycnNxIBBBAXQgCHJBfyAOc3FyDQEgDCAPQX9zcSERIAUgEUEBdCAGciAMQX9zcWlqIQUgEUEfdiEGIAAtAB8gBEYhByAQQR92IQggD0EfdSEJIABBIGohAAwACwsgACAFIBenaiAJCw==';

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Of the memory. */
  count(
    at: number,
    end: number,
    state: State,
    quote: number,
    delimiter: number,
  ): readonly [stopped: number, records: number, open: number];
}

/** What was counted of some bytes. */
export interface Counted {
  /** How many of them were looked at, from the first on. */
  readonly length: number;
  /** How many records begin in those. */
  readonly records: number;
  /** The automaton's state behind them. */
  readonly state: State;
}

const BLOCK = 32;
const WINDOW = 2 ** 20;
/** Little is lost of so many when the kernel stops at once, and they stay in the processor's nearest cache. */
const COPIED = 8 * 1024;

const kernels = new WasmModule<Kernel>(MODULE);

/**
 * Counts records at the speed of memory, where quotes are as RFC 4180 has them: masks of a block's bytes tell, without a look at
 * each, where quotes are open and which newlines end records. That needs no trust in the data: what the masks are not right
 * for (quotes within cells that do not begin with one, blanks around quoted cells, what is no CSV) shows in them. There the
 * counter stops, and the automaton goes on, which alone defines what bytes mean.
 *
 * The masks are those of Mison (Li, Katsipoulakis, Chandramouli, Goldstein and Kossmann, VLDB 2017) and simdjson.
 */
export class BlockCounter {
  /** What is read into it need not be copied to be counted. */
  readonly window: Buffer;
  /** Where other bytes are copied to. */
  readonly #copies: Buffer;
  readonly #kernel: Kernel;

  constructor() {
    this.#kernel = kernels.instantiate();
    this.window = Buffer.from(this.#kernel.memory.buffer, 0, WINDOW);
    this.#copies = Buffer.from(this.#kernel.memory.buffer, WINDOW, COPIED);
  }

  /**
   * Counts as far as it can, in whole blocks.
   *
   * @param automaton one without comments; where not only quotes mean something within quotes, there are none in the bytes
   * @param start the automaton's state before the bytes
   */
  count(automaton: Automaton, start: State, bytes: Uint8Array): Counted {
    const { delimiter, quote } = automaton;
    let [length, records, state] = [0, 0, start];
    // The states behind QUOTE are of what the kernel stops at.
    while (bytes.length - length >= BLOCK && state <= QUOTE) {
      const piece = this.#inMemory(bytes.subarray(length));
      const at = piece.byteOffset;
      const blocks = piece.length - (piece.length % BLOCK);
      const [stopped, begun, open] = this.#kernel.count(at, at + blocks, state, quote, delimiter);
      const passed = stopped - at;
      length += passed;
      records += begun;
      state = stateBehind(automaton, state, piece.subarray(0, passed), open !== 0);
      if (passed < blocks) break;
    }
    return { length, records, state };
  }

  /** Those bytes or, copied, the first of them. */
  #inMemory(bytes: Uint8Array): Uint8Array {
    if (bytes.buffer === this.window.buffer) return bytes;
    const piece = this.#copies.subarray(0, bytes.length);
    piece.set(bytes.subarray(0, piece.length));
    return piece;
  }
}

/** The state behind bytes that the kernel has passed, for which their last ones do. */
function stateBehind(automaton: Automaton, start: State, bytes: Uint8Array, isOpen: boolean): State {
  if (isOpen) return QUOTED;
  if (bytes[bytes.length - 1] === automaton.quote) return QUOTE;
  // Outside quotes all but blanks lead to one state from any.
  const isBlank = (byte: number): boolean =>
    automaton.next[(FIELD << 8) | byte] !== automaton.next[(UNQUOTED << 8) | byte];
  let blanks = bytes.length;
  while (blanks > 0 && isBlank(bytes[blanks - 1]!)) blanks--;
  return blanks === 0 ? run(automaton, start, bytes) : run(automaton, UNQUOTED, bytes, blanks - 1);
}
