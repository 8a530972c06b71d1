// Standard decorators (TC39), lowered by the transpiler; no Node here runs them natively.
import { theme } from '../harness/shape.ts';

const { shapes, same } = theme('decorators');

export { shapes };

function prefixed<This, A extends unknown[]>(
  method: (this: This, ...args: A) => string,
  _context: ClassMethodDecoratorContext<This>,
): (this: This, ...args: A) => string {
  return function (this: This, ...args: A) {
    return `decorated:${method.apply(this, args)}`;
  };
}
class Greeter {
  @prefixed
  hello(x: number): string {
    return `h${x}`;
  }
}
const greeter = new Greeter();
same('decorated method', (x: number) => greeter.hello(x) + new Greeter().hello(x), [1]);
