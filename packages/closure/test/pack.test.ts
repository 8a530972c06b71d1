import { pack, remoteFunction, unpack } from '@skein/closure';
import { decode } from '@skein/codec';
import { describe, expect, it } from 'vitest';
import type { double } from './support/geometry.ts';
import { ask, remote } from './support/remote.ts';

describe('pack and unpack', () => {
  it('carry a function with its values to another process', async () => {
    const names = ['a', 'b'];
    const bytes = await pack(() => names.map((name) => name.toUpperCase()));
    const answer = await ask({ kind: 'unpack', bytes });
    if (answer.kind === 'failure') throw new Error(answer.message);
    expect(decode(answer.bytes)).toEqual(['A', 'B']);
  });

  it('carry any value: data, classes and functions together', async () => {
    class Step {
      readonly by: number;
      constructor(by: number) {
        this.by = by;
      }
      run(x: number): number {
        return x + this.by;
      }
    }
    const packed = await pack({ steps: [new Step(1), new Step(2)], Step, label: 'two' });
    const copy = await unpack<{ steps: Step[]; Step: typeof Step; label: string }>(packed);
    expect(copy.steps.reduce((x, step) => step.run(x), 0)).toBe(3);
    expect(copy.steps[0]).toBeInstanceOf(copy.Step);
    expect(copy.Step).not.toBe(Step);
  });

  it('carry plain data without any code', async () => {
    expect(await unpack(await pack(new Map([[1, 'x']])))).toEqual(new Map([[1, 'x']]));
  });
});

describe('remoteFunction', () => {
  const url = new URL('./support/geometry.ts', import.meta.url).href;

  it('runs an export by its name, here and remotely', async () => {
    const twice = remoteFunction<typeof double>(url, 'double');
    expect(await twice(4)).toBe(8);
    expect(await remote(twice, 4)).toBe(8);
    expect(await remote(async (x: number) => (await twice(x)) + 1, 4)).toBe(9);
  });

  it('wants a file URL and a name', () => {
    expect(() => remoteFunction('https://x/y.js', 'f')).toThrow(/file: URL/);
    expect(() => remoteFunction(url, '')).toThrow(/name of an export/);
  });
});
