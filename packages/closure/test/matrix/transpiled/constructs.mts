// TypeScript that needs a transpiler, not only its types erased.
import { theme } from '../harness/shape.ts';

const { shapes, same } = theme('transpiled TypeScript');

export { shapes };

enum Color {
  Red = 1,
  Green = 4,
}
enum Level {
  High = 5,
}
namespace Geometry {
  export const k = 3;
  export function scale(x: number): number {
    return x + k;
  }
}
same('enum and const enum', (x: number) => [Color.Green + x, Color[1], Level.High], [1]);
same('namespace', (x: number) => Geometry.scale(x), [1]);

class Pair {
  constructor(
    private readonly a: number,
    public b = 2,
  ) {}
  sum(): number {
    return this.a + this.b;
  }
}
const pair = new Pair(5);
same('parameter properties', (x: number) => pair.sum() + new Pair(x).sum(), [1]);
same('generics, satisfies and non-null', (<T,>(x: T) => x!) satisfies <T>(x: T) => T, [1]);

abstract class Abstract {
  abstract go(): number;
  run(): number {
    return this.go() + 1;
  }
}
class Concrete extends Abstract {
  go(): number {
    return 4;
  }
}
same('abstract class', () => new Concrete().run());
