import { expect, test } from 'vitest';
import { lexicalThis } from '../src/inspect/this.ts';

let ran = 0;
const compute = (): number => {
  ran++;
  return 1;
};

class Job {
  q = 2;
  /** Arrows whose first place to stop at is in their parameters, is passed by, or is in their body. */
  arrows(): Function[] {
    return [
      (x: number) => [ran++, this.q + x],
      (x: number, y = compute()) => [ran++, this.q + x + y],
      ({ a = compute() }: { a?: number }) => [ran++, this.q + a],
      (x = 3, [b] = [compute()], ...rest: number[]) => [ran++, this.q + x + (b ?? 0) + rest.length],
      (x: number, y = { [compute()]: compute() }) => [ran++, this.q + x, y],
      (f = () => compute()) => [ran++, this.q + f()],
      async (x: number, y = compute()) => [ran++, this.q + x + y],
      () => {
        for (let i = 0; i < 2; i++) ran += compute();
        return this.q;
      },
    ];
  }
}

test('reading the `this` of an arrow runs none of its code, whatever its parameters', () => {
  const job = new Job();
  for (const arrow of job.arrows()) {
    expect(lexicalThis(arrow), String(arrow)).toEqual({ value: job });
    expect(ran, String(arrow)).toBe(0);
  }
});
