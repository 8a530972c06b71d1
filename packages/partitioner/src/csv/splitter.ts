import { decode } from '../text/decode.ts';
import { Walker } from './walker.ts';

/** Splits bytes into the text of records, without what ends them. */
export class Splitter extends Walker {
  /** Bytes of a record that has not ended. */
  #open: Uint8Array[] = [];
  #texts: string[] = [];

  /** The records that have ended since. */
  take(): string[] {
    const texts = this.#texts;
    this.#texts = [];
    return texts;
  }

  /** At the end of the data, which may be that of a record. */
  finish(): void {
    if (this.#open.length > 0) this.#texts.push(decode(Buffer.concat(this.#open)));
    this.#open = [];
  }

  protected lines(bytes: Uint8Array, from: number, to: number): void {
    const text = decode(bytes.subarray(from, to));
    for (const line of text.split(text.includes('\r') ? /[\r\n]/ : '\n'))
      if (line !== '') this.#texts.push(line);
  }

  protected record(bytes: Uint8Array, from: number, to: number, _begins: boolean, ends: boolean): void {
    if (!ends) {
      this.#open.push(Buffer.from(bytes.subarray(from, to)));
      return;
    }
    const rest = bytes.subarray(from, to - 1); // without the newline
    this.#texts.push(decode(this.#open.length === 0 ? rest : Buffer.concat([...this.#open, rest])));
    this.#open = [];
  }
}
