/** Two programs, each with workers of its own, and one server. */
import { expect, test } from 'vitest';
import { runClient, startNode } from '../support/processes.ts';

interface Said {
  readonly got: number[];
  readonly tally: number;
}

test('two programs share the objects of a server, and so do their workers', async () => {
  const node = await startNode();
  const program = new URL('two-programs.ts', import.meta.url).href;
  const programs = [1, 2].map(() => runClient<Said>(program, 'program', { url: node.url }));
  const said = await Promise.all(programs.map((one) => one.next()));
  expect(said.flatMap(({ got }) => got).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(said.map(({ tally }) => tally)).toEqual([10, 10]);
  for (const one of programs) one.tell('end');
  await Promise.all(programs.map(({ done }) => done));
}, 60_000);
