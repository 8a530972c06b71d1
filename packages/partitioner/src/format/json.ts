import { malformed, messageOf } from '../errors.ts';
import { wholeText } from '../text/whole-text.ts';
import { wholeCut } from './cuts.ts';
import type { Format } from './format.ts';
import { type JsonOptions, JsonReader } from './json-reader.ts';

/** One JSON text, of which no part means anything alone. The records are the elements of its list, or its one value. */
export const format: Format<JsonOptions> = {
  name: 'json',
  cut: async (source) => [wholeCut(source, 'one part: JSON is one text; JSON lines can be cut')],
  open: (source, cut, options) => new WholeJsonReader(source, cut, options),
};

class WholeJsonReader extends JsonReader {
  protected override readonly format: string = 'JSON';
  protected override readonly has: string = 'records(), or text()';

  protected override async *parsed(
    signal?: AbortSignal,
  ): AsyncGenerator<readonly unknown[], void, undefined> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.source.stream(this.cut.start, this.source.size, signal))
      pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    if (bytes.length === 0) return; // as of all formats, an empty object has no records
    const value = this.#parse(wholeText(bytes, this.source.name, true));
    yield Array.isArray(value) ? value : [value];
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw malformed(this.source.name, `it is no JSON: ${messageOf(cause)}${hint(text)}`, cause);
    }
  }
}

/** A file called .json that has a value in each line. */
function hint(text: string): string {
  const [first = ''] = text.trimStart().split('\n', 1);
  try {
    JSON.parse(first);
    return "; its first line is: the option format: 'json-lines' reads such";
  } catch {
    return '';
  }
}
