import type { ReadOptions } from '../options.ts';
import { evenCuts } from './cuts.ts';
import type { Format } from './format.ts';
import { Reader } from './reader.ts';

/** Bytes of which nothing is known: they are cut anywhere. */
export const format: Format<ReadOptions> = {
  name: 'bytes',
  cut: async (source, target) => evenCuts(source, target),
  open: (source, cut, options) => new BytesReader(source, cut, options),
};

class BytesReader extends Reader<ReadOptions> {
  protected readonly format = "the format 'bytes'";
  protected readonly has = 'stream() or bytes()';
}
