import assert from 'node:assert/strict';
import { theme } from '../harness/shape.ts';

const { shapes, same, answers } = theme('functions');

export { shapes };

const factor = 3;

same('arrow with a captured number', (x: number) => x * factor, [1], [2]);
same('arrow with an expression body in parentheses', (x: number) => ({ x, factor }), [1]);
same('function expression', (x: number) => x * factor, [1]);
same(
  'named function expression that calls itself',
  function factorial(n: number): number {
    return n < 2 ? 1 : n * factorial(n - 1);
  },
  [5],
);

const later = async (x: number) => x + 1;
same(
  'async arrow',
  async (x: number) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return x * factor;
  },
  [1],
);
same(
  'async function calling a captured async function',
  async function work(x: number) {
    return (await later(x)) * 2;
  },
  [1],
);
same(
  'generator',
  function* (n: number) {
    for (let i = 0; i < n; i++) yield i * factor;
  },
  [3],
);
same(
  'async generator',
  async function* (n: number) {
    for (let i = 0; i < n; i++) yield (await later(i)) * factor;
  },
  [3],
);
same(
  'generator delegating to a captured generator',
  ((inner) =>
    function* (n: number) {
      yield 0;
      yield* inner(n);
    })(function* (n: number) {
    yield n;
    yield n * factor;
  }),
  [2],
);

const key = 'computed';
const object = {
  k: 5,
  method(x: number) {
    return x + factor;
  },
  [`${key}Name`](x: number) {
    return x - factor;
  },
  async asynchronous(x: number) {
    return x;
  },
  *sequence(n: number) {
    for (let i = 0; i < n; i++) yield i + factor;
  },
  get sum() {
    return factor + 2;
  },
  set sum(_value: number) {},
};
same('method shorthand', object.method, [1]);
same('method with a computed name', object['computedName'] as (x: number) => number, [1]);
same('async method', object.asynchronous, [1]);
same('generator method', object.sequence, [3]);
same('getter taken out of its object', Object.getOwnPropertyDescriptor(object, 'sum')?.get as () => number);
same('object with methods and accessors', (x: number) => object.method(x) + object.sum + object.k, [1]);

function fact(n: number): number {
  return n < 2 ? 1 : n * fact(n - 1);
}
function even(n: number): boolean {
  return n === 0 ? true : odd(n - 1);
}
function odd(n: number): boolean {
  return n === 0 ? false : even(n - 1);
}
same('function declaration itself', fact, [5]);
same('recursion of a captured function', (x: number) => fact(x + 3), [1]);
same('mutual recursion', (x: number) => even(x), [6], [7]);

same('default arguments', (x: number, y: number = factor * 2, z: number = fact(y)) => x + y + z, [1], [1, 2]);
interface Parts {
  readonly a: number;
  readonly b?: { readonly c?: number };
  readonly z?: number;
}
same(
  'destructuring parameters',
  (
    { a, b: { c = factor } = {}, ...rest }: Parts,
    [d = later.name, ...e]: (string | number | undefined)[],
  ) => [a, c, rest, d, e],
  [{ a: 1, z: 2 }, [undefined, 3]],
);
same('rest and spread', (...numbers: number[]) => Math.max(factor, ...numbers), [1, 7, 2]);

const tag = (strings: TemplateStringsArray, ...values: unknown[]) => strings.raw.join('|') + values.join(',');
const word = 'outer';
same('tagged template', (x: number) => `${tag`a${x}\n${factor}`}${word}-${x}`, [1]);
same(
  'labels, try and regular expressions',
  (text: string) => {
    for (const c of text) {
      try {
        if (/b/.test(c)) break;
        JSON.parse('{');
      } catch {
      } finally {
        text += c;
      }
    }
    return text;
  },
  ['abc'],
);

function Counted(this: { target: boolean }): void {
  this.target = new.target === Counted;
}
same(
  'function with new.target',
  () => (new (Counted as unknown as new () => { target: boolean })() as { target: boolean }).target,
);

same('callback as an argument', (f: (q: number) => number, x: number) => f(x) + 1, [(q) => q * factor, 2]);
const compose =
  (...steps: ((x: number) => number)[]) =>
  (x: number) =>
    steps.reduce((value, step) => step(value), x);
same(
  'array of functions',
  compose(
    (x) => x + factor,
    (x) => x * 2,
    fact,
  ),
  [1],
);
same(
  'names of inner functions',
  (x: number) => {
    function inner(y: number) {
      return y + 1;
    }
    const arrow = (y: number) => inner(y);
    return [arrow(x), inner.name, arrow.name];
  },
  [1],
);

const labelled = Object.assign((x: number) => x * labelled.by, { by: 4 });
same('function with own properties', (x: number) => [labelled(x), labelled.by], [2]);
same('name and length of captured functions', () => [fact.name, fact.length, object.method.name]);

interface Old {
  v: number;
  get(): number;
}
function OldStyle(this: Old, v: number): void {
  this.v = v;
}
OldStyle.prototype.get = function (this: Old): number {
  return this.v + factor;
};
OldStyle.extra = 'e';
const Constructor = OldStyle as unknown as (new (v: number) => Old) & { extra: string };
const old = new Constructor(5);
same('constructor function with a prototype', () => [
  old.get(),
  new Constructor(1).get(),
  Constructor.extra,
  old instanceof Constructor,
]);

same(
  'bound function',
  function (this: { q: number }, a: number, b: number): number {
    return this.q * a + b + factor;
  }.bind({ q: 7 }, 5),
  [1],
);
same('bound twice', fact.bind(null, 4).bind(undefined));

const { max } = Math;
same('native function', Math.max, [1, 5]);
same('captured native function', (x: number) => max(x, factor), [1]);
same('new Function', new Function('a', 'return a + 1') as (a: number) => number, [1]);

const symbol = Symbol('local');
const symbolic = {
  [symbol]: 1,
  [Symbol.for('global')]: 2,
  [Symbol.toPrimitive]: () => 9,
  get y() {
    return factor;
  },
};
same('symbol keys and Symbol.toPrimitive', () => [
  symbolic[symbol],
  symbolic[Symbol.for('global')],
  +symbolic,
  symbolic.y,
]);

answers(
  'a function that returns a captured function gives back the very same one',
  () => fact,
  (result) => assert.equal(result, fact),
);
