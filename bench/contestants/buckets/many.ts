import { contents, isContentOf } from './content.ts';
import type { Store } from './store.ts';

/** Objects of so many bytes each; their keys are the prefix and 0, 1, 2, … */
export interface Objects {
  readonly prefix: string;
  readonly count: number;
  readonly bytes: number;
}

/** How a contestant does many of them. */
export interface Many {
  write(objects: Objects): Promise<unknown>;
  /** How many of them are as they were written. */
  read(objects: Objects): Promise<number>;
}

/** In this process, so many requests at a time. */
export function inProcess(store: Store, atOnce: number): Many {
  return {
    write({ prefix, count, bytes }) {
      const bodies = contents(count, bytes);
      return eachAtOnce(count, atOnce, (n) => store.write(`${prefix}${n}`, bodies[n]!));
    },
    async read({ prefix, count, bytes }) {
      let right = 0;
      await eachAtOnce(count, atOnce, async (n) => {
        if (isContentOf(n, bytes, await store.read(`${prefix}${n}`))) right++;
      });
      return right;
    },
  };
}

async function eachAtOnce(
  count: number,
  atOnce: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
