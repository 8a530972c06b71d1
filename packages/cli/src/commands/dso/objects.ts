import type { Census } from '@skein/dso/operator';
import { note, paint, print, printJson, table, visible } from '../../terminal.ts';
import { bytes } from '../../units.ts';
import { type ReachOptions, tellUnreachable, withOperator } from './reach.ts';

interface Options extends ReachOptions {
  readonly prefix: string;
  readonly limit: number;
  readonly waiting?: true;
}

export async function dsoObjects(options: Options): Promise<void> {
  const { prefix, limit, waiting } = options;
  const { unreachable, ...census } = await withOperator(options, (operator) =>
    operator.census({ prefix, limit, by: waiting ? 'waiting' : 'bytes' }),
  );
  if (options.json) printJson(census);
  else if (census.types.length === 0)
    note(prefix === '' ? 'There are no objects.' : `No object's key begins with '${visible(prefix)}'.`);
  else printCensus(census);
  tellUnreachable(unreachable);
}

function printCensus({ types, first }: Census): void {
  print(
    table(
      [{ title: 'type' }, { title: 'objects', align: 'right' }, { title: 'size', align: 'right' }],
      types.map((one) => [visible(one.type), one.objects.toLocaleString('en'), bytes(one.bytes)]),
    ),
  );
  if (first.length === 0) return;
  const columns = [
    { title: 'size', align: 'right' },
    { title: 'waiting', align: 'right' },
    { title: 'type' },
    { title: 'key' },
  ] as const;
  const rows = first.map((one) => [
    bytes(one.bytes),
    one.waiting === 0 ? '' : paint('yellow', one.waiting.toLocaleString('en')),
    visible(one.type),
    paint('cyan', visible(one.key)),
  ]);
  print(`\n${table(columns, rows)}`);
}
