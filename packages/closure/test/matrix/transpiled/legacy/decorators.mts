// TypeScript's experimental decorators: the tsconfig beside this file turns them on.
import { theme } from '../../harness/shape.ts';

const { shapes, same } = theme('experimental decorators');

export { shapes };

function prefixed(_target: object, _key: string, descriptor: PropertyDescriptor): PropertyDescriptor {
  const method = descriptor.value as (...args: unknown[]) => string;
  descriptor.value = function (this: unknown, ...args: unknown[]): string {
    return `decorated:${method.apply(this, args)}`;
  };
  return descriptor;
}
class Greeter {
  @prefixed
  hello(x: number): string {
    return `h${x}`;
  }
}
const greeter = new Greeter();
same('decorated method', (x: number) => greeter.hello(x) + new Greeter().hello(x), [1]);
