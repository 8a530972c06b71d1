import { createInterface } from 'node:readline';
import type { Reply, Request } from './protocol.ts';

/** What a contestant can do, by the `op` of the request. */
export type Skills = {
  readonly [Op in Request['op']]?: (request: Extract<Request, { op: Op }>) => Promise<Reply>;
};

/** Answers requests until the input ends, then lets `close` give back what the contestant holds. */
export async function serve(skills: Skills, close: () => Promise<unknown>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await perform(skills, JSON.parse(line) as Request))}\n`);
  }
  await close();
}

function perform(skills: Skills, request: Request): Promise<Reply> {
  // The lookup by the request's own `op` gives the matching skill, which TypeScript cannot follow.
  const skill = skills[request.op] as ((request: Request) => Promise<Reply>) | undefined;
  if (skill === undefined) throw new TypeError(`This contestant has no skill for '${request.op}'`);
  return skill(request);
}

/** Times `work` alone; `check` turns its result into the answer afterwards, off the clock. */
export async function timed<T>(work: () => PromiseLike<T>, check: (result: T) => number): Promise<Reply> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, answer: check(result) };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function numbersBelow(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
