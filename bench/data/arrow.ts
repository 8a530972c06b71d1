import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { makeVector, RecordBatchFileWriter, Table, vectorFromArray } from 'apache-arrow';
import { amountOf, GROUP, WORDS } from './columns.ts';

/** Without compression, so that it can be mapped; in batches of {@link GROUP} rows. */
export async function writeArrow(path: string, rows: number): Promise<void> {
  const writer = new RecordBatchFileWriter();
  const written = pipeline(writer.toNodeStream(), createWriteStream(path));
  const word = vectorFromArray(Array.from({ length: GROUP }, (_, n) => `word ${n % WORDS}`));
  for (let first = 0; first < rows; first += GROUP) {
    const id = makeVector(BigInt64Array.from({ length: GROUP }, (_, n) => BigInt(first + n)));
    const amount = makeVector(Float64Array.from({ length: GROUP }, (_, n) => amountOf(first + n)));
    for (const batch of new Table({ id, amount, word }).batches) writer.write(batch);
  }
  writer.close();
  await written;
}
