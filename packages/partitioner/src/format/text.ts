import type { ReadOptions } from '../options.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { countLines } from '../text/count-lines.ts';
import { lineBatches } from '../text/lines.ts';
import { type Newline, newlineOf } from '../text/newline.ts';
import { ownBytes } from '../text/own-bytes.ts';
import { utf8 } from '../text/utf8.ts';
import { evenCuts, wholeCut } from './cuts.ts';
import type { Cut, Format, Target } from './format.ts';
import { Reader } from './reader.ts';

export type TextOptions = Pick<ReadOptions, 'newline'>;

/** Lines. Cut without looking at them: which lines a part owns is seen when it is read. */
export const format: Format<TextOptions> = {
  name: 'text',
  cut: async (source, target, options) => lineCuts(source, target, options),
  open: (source, cut, options) => new TextReader(source, cut, options),
};

export function lineCuts(source: ByteSource, target: Target, { newline }: TextOptions): readonly Cut[] {
  if (newlineOf(newline).local) return evenCuts(source, target);
  return [wholeCut(source, 'one part: the newline overlaps itself, so that no cut can be judged alone')];
}

/** Bytes that are looked at once, and then make room for the next. */
const WINDOW = 512 * 1024;

export class TextReader<O extends TextOptions = TextOptions> extends Reader<O> {
  protected readonly format: string = 'text';
  protected readonly has: string = 'lines()';
  protected readonly newline: Newline;

  constructor(source: ByteSource, cut: Cut, options: O) {
    super(source, cut, options);
    this.newline = newlineOf(options.newline);
  }

  override stream(signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return ownBytes(this.source, this.cut, this.newline, signal);
  }

  override lines(signal?: AbortSignal): AsyncIterable<readonly string[]> {
    const window = Buffer.allocUnsafeSlow(WINDOW);
    const atStart = this.cut.start === 0;
    const pieces = ownBytes(this.source, this.cut, this.newline, signal, window);
    return lineBatches(utf8(pieces, this.source.name, atStart), this.newline, atStart);
  }

  override count(signal?: AbortSignal): Promise<number> {
    return countLines(this.source, this.cut, this.newline, signal);
  }
}
