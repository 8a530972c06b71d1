/**
 * A shape: one kind of function that has to travel, with what it is called with and what must come of it.
 * Shapes are grouped in themes, one file each; every host runs all themes that its language allows.
 */
export interface Shape {
  readonly theme: string;
  readonly name: string;
  readonly fn: Function;
  readonly calls: readonly (readonly unknown[])[];
  readonly expected: Expectation;
}

/** What has to happen to a shape. Checks throw (node:assert) when they do not hold. */
export type Expectation =
  | { readonly kind: 'same' }
  | { readonly kind: 'answers'; readonly check: (results: readonly unknown[]) => void }
  | { readonly kind: 'throws'; readonly check: (error: unknown) => void }
  | { readonly kind: 'refused'; readonly message: RegExp };

type Fn<A extends unknown[], R> = (...args: A) => R;

/** Declares shapes of one theme. A shape without argument lists is called once, with no arguments. */
export interface Theme {
  readonly shapes: Shape[];
  /** The remote answers equal what the function answers here. */
  same<A extends unknown[], R>(name: string, fn: Fn<A, R>, ...calls: NoInfer<A>[]): void;
  /** The remote answers satisfy `check`; for functions whose answer here would differ (state, identity). */
  answers<A extends unknown[], R>(
    name: string,
    fn: Fn<A, R>,
    check: (...results: NoInfer<Settled<R>>[]) => void,
    ...calls: NoInfer<A>[]
  ): void;
  /** The call rejects with an error that satisfies `check`. */
  throws<A extends unknown[], R>(
    name: string,
    fn: Fn<A, R>,
    check: (error: unknown) => void,
    ...calls: NoInfer<A>[]
  ): void;
  /** Capturing throws, synchronously, with a message that matches. */
  refused<A extends unknown[], R>(name: string, fn: Fn<A, R>, message: RegExp): void;
}

/** Generators are collected into arrays, promises awaited. */
type Settled<R> = R extends Generator<infer T> | AsyncGenerator<infer T> ? T[] : Awaited<R>;

export function theme(title: string): Theme {
  const shapes: Shape[] = [];
  const add = (name: string, fn: Function, calls: unknown[][], expected: Expectation): void => {
    shapes.push({ theme: title, name, fn, calls: calls.length > 0 ? calls : [[]], expected });
  };
  return {
    shapes,
    same: (name, fn, ...calls) => add(name, fn, calls, { kind: 'same' }),
    answers: (name, fn, check, ...calls) =>
      add(name, fn, calls, {
        kind: 'answers',
        check: (results) => check(...(results as Parameters<typeof check>)),
      }),
    throws: (name, fn, check, ...calls) => add(name, fn, calls, { kind: 'throws', check }),
    refused: (name, fn, message) => add(name, fn, [], { kind: 'refused', message }),
  };
}
