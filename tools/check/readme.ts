/** A package's README as a test: the program it opens with, and what its comments say it prints. */

export interface Program {
  readonly source: string;
  /** What the program prints by its `console.log(…); // comments`; unknown when a line that prints has none. */
  readonly expected: readonly string[] | undefined;
  /** The packages that it imports. */
  readonly imports: readonly string[];
}

export function firstProgram(readme: string): Program | undefined {
  const source = /^```(?:ts|js)\n([\s\S]*?)^```/m.exec(readme)?.[1];
  if (source === undefined) return undefined;
  const logs = source.split('\n').filter((line) => line.includes('console.log('));
  const comments = logs.map((line) => /;? \/\/ (?:→ |-> |=> )?(.+)$/.exec(line)?.[1]);
  const complete = comments.every((comment) => comment !== undefined);
  const specifiers = [...source.matchAll(/\bfrom '(@skein\/[^'/]+)/g)].map((match) => match[1] ?? '');
  return {
    source,
    expected: complete && comments.length > 0 ? comments : undefined,
    imports: [...new Set(specifiers)],
  };
}
