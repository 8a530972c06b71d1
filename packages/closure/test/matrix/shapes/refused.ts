import net from 'node:net';
import { theme } from '../harness/shape.ts';
import { evaluates } from './support/direct-eval.ts';

const { shapes, refused } = theme('refused');

export { shapes };

refused('direct eval', evaluates, /eval/);

const socket = new net.Socket();
socket.destroy();
const db = { connection: { socket } };
refused(
  'a socket, with the path to it',
  () => db.connection.socket.bytesRead,
  /db → \.connection → \.socket.*Socket/s,
);
const promise = Promise.resolve(1);
refused('a promise', async () => await promise, /promise.*Promise/s);
const weakMap = new WeakMap<object, number>();
refused('a WeakMap', () => weakMap.has({}), /weakMap.*WeakMap/s);
const weakSet = new WeakSet<object>();
refused('a WeakSet', () => weakSet.has({}), /weakSet.*WeakSet/s);
const weakRef = new WeakRef({ a: 1 });
refused('a WeakRef', () => weakRef.deref()?.a, /weakRef.*WeakRef/s);
const iterator = (function* () {
  yield 1;
})();
refused('a running generator', () => iterator.next(), /iterator.*[gG]enerator/s);
const sharedBytes = new SharedArrayBuffer(8);
refused('shared memory', () => sharedBytes.byteLength, /sharedBytes.*SharedArrayBuffer/s);
const proxied = new Proxy((x: number) => x, {});
refused('a Proxy around a function', (x: number) => proxied(x), /proxied.*(Proxy|native)/s);

function outer(_x: number) {
  // biome-ignore lint/complexity/noArguments: the arrow uses those of the function around it
  return () => arguments[0] + 1;
}
refused('an arrow that uses the arguments around it', outer(4) as () => number, /arguments/);

class Parent {
  hi(): string {
    return 'parent';
  }
}
class Child extends Parent {
  override hi(): string {
    return super.hi();
  }
}
refused('a method with super without its class', new Child().hi, /super/);
