import { malformed, messageOf } from '../errors.ts';
import type { Format } from './format.ts';
import { type JsonOptions, JsonReader } from './json-reader.ts';
import { lineCuts } from './text.ts';

/** A JSON value in each line; lines of nothing but white space are none (jsonlines.org). */
export const format: Format<JsonOptions> = {
  name: 'json-lines',
  cut: async (source, target, options) => lineCuts(source, target, options),
  open: (source, cut, options) => new JsonLinesReader(source, cut, options),
};

/** White space as JSON has it (RFC 8259, 2). */
const BLANK = /^[ \t\n\r]*$/;

class JsonLinesReader extends JsonReader {
  protected override readonly format: string = 'JSON lines';
  protected override readonly has: string = 'records() or lines()';

  protected override async *parsed(
    signal?: AbortSignal,
  ): AsyncGenerator<readonly unknown[], void, undefined> {
    let before = 0;
    for await (const lines of this.lines(signal)) {
      const values: unknown[] = [];
      for (let i = 0; i < lines.length; i++) {
        const line = lines[i]!;
        if (!BLANK.test(line)) values.push(this.#parse(line, before + i));
      }
      before += lines.length;
      yield values;
    }
  }

  /** Without parsing: a line that is not blank is a record. */
  override async count(signal?: AbortSignal): Promise<number> {
    let count = 0;
    for await (const lines of this.lines(signal)) {
      for (const line of lines) if (!BLANK.test(line)) count++;
    }
    return count;
  }

  #parse(line: string, index: number): unknown {
    try {
      return JSON.parse(line);
    } catch (cause) {
      const where = this.placeOf('line', index);
      throw malformed(this.source.name, `${where} is no JSON: ${messageOf(cause)}`, cause);
    }
  }
}
