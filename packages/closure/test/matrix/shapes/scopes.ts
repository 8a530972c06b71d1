import assert from 'node:assert/strict';
import { theme } from '../harness/shape.ts';

const { shapes, same, answers } = theme('scopes');

export { shapes };

const factor = 3;

const nested = (a: number) => {
  const b = a * 2;
  return (c: number) => {
    const d = c + b;
    return (e: number) => a + b + c + d + e + factor;
  };
};
same('closures in closures', nested(1)(2), [3]);

same(
  'shadowed variables',
  (x: number) => {
    let sum = 0;
    {
      const factor = 100;
      sum += factor;
    }
    return sum + factor + [1, 2].map((factor) => factor * 2).length + x;
  },
  [1],
);
const shadowing = () => {
  const factor = 77;
  return (x: number) => x + factor;
};
same('an enclosing function shadows a module variable', shadowing(), [1]);

const perIteration: ((x: number) => number)[] = [];
for (let i = 0; i < 3; i++) perIteration.push((x) => x + i);
same('one binding per iteration', perIteration[2] as (x: number) => number, [1]);

const inBlocks = (() => {
  try {
    throw new Error('caught');
  } catch (error) {
    switch (1 as number) {
      case 1: {
        const block = 2;
        return (x: number) => x + block + (error as Error).message.length;
      }
      default:
        return () => 0;
    }
  }
})();
same('variables of catch and switch blocks', inBlocks, [1]);

const makeCounter = () => {
  let n = 0;
  return { increment: () => ++n, get: () => n };
};
const counter = makeCounter();
counter.increment();
counter.increment();
answers(
  'a variable changed by its closure',
  () => counter.increment(),
  (n) => assert.equal(n, 3),
);
answers(
  'two closures sharing a local variable',
  () => {
    counter.increment();
    return counter.get();
  },
  (n) => assert.equal(n, 3),
);

let moduleCount = 10;
const bump = () => {
  moduleCount += 1;
};
const read = () => moduleCount;
answers(
  'two functions sharing a module variable',
  () => {
    bump();
    bump();
    return read();
  },
  (n) => assert.equal(n, 12),
);

export const exported: { readonly v: number } = { v: 12 };
export function exportedFunction(x: number): number {
  return x + exported.v;
}
same('exported bindings of the same module', (x: number) => exportedFunction(x) + exported.v, [1]);

interface Cycle {
  readonly name: string;
  readonly list: [Cycle?, (() => string)?];
  self?: Cycle;
}
const cycle: Cycle = { name: 'c', list: [] };
cycle.self = cycle;
cycle.list[0] = cycle;
cycle.list[1] = () => cycle.name;
same('a cycle through a closure over itself', () => [
  cycle.self?.self?.name,
  cycle.list[1]?.(),
  cycle.list[0] === cycle,
]);

var hoisted = 6;
same('a var of the module', (x: number) => x + hoisted, [1]);
same('globals are the runtime’s own', () => [typeof structuredClone, typeof setTimeout, typeof process.pid]);
same('typeof of a name that exists nowhere', () => typeof (globalThis as Record<string, unknown>)['nowhere']);
