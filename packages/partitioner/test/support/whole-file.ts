import { type ParserOptionsArgs, parse } from 'fast-csv';

/** What fast-csv makes of all of a file. */
export function wholeFile(text: string, options: ParserOptionsArgs = {}): Promise<string[][]> {
  return new Promise((resolve, reject) => {
    const rows: string[][] = [];
    const stream = parse(options);
    stream
      .on('data', (row: string[]) => rows.push(row))
      .on('error', reject)
      .on('end', () => resolve(rows));
    stream.end(text);
  });
}
