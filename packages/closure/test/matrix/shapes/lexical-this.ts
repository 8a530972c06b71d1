import { theme } from '../harness/shape.ts';

const { shapes, same, refused } = theme('lexical this');

export { shapes };

class Job {
  f = 6;
  #p = 2;
  field = (x: number): number => x * this.f;
  plain(): (x: number) => number {
    return (x) => x * this.f;
  }
  secretive(): (x: number) => number {
    return (x) => x * this.#p;
  }
  deep(): (x: number) => number {
    return (() => {
      const k = 1;
      return (x: number) => [x].map((y) => y * this.f + k)[0] as number;
    })();
  }
}
same('arrow that uses this', new Job().plain(), [2]);
same('arrow in a class field', new Job().field, [2]);
same('arrow in an arrow in a method', new Job().deep(), [2]);
refused('arrow that uses this.#private', new Job().secretive(), /#p|private/i);
same(
  'object whose arrow uses this',
  (
    (job) => (x: number) =>
      job.field(x)
  )(new Job()),
  [2],
);
same(
  'arrow with default and destructured parameters that uses this',
  function (this: { q: number }) {
    return ({ a }: { a: number }, b = a) => this.q + a + b;
  }.call({ q: 9 }),
  [{ a: 1 }],
);
same(
  'async arrow that uses this',
  function (this: { q: number }) {
    return async (x: number) => this.q + x;
  }.call({ q: 9 }),
  [1],
);
let computed = 0;
const compute = (): number => {
  computed++;
  return 1;
};
same(
  'arrow whose defaults call functions',
  function (this: { q: number }) {
    return (x: number, y: number = compute(), { z = compute() }: { z?: number } = {}) => [
      this.q + x + y + z,
      computed,
    ];
  }.call({ q: 9 }),
  [1],
);
