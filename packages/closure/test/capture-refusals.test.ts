import { Socket } from 'node:net';
import { CaptureError, capture } from '@skein/closure';
import { describe, expect, it } from 'vitest';
import { SEPARATE, Storage } from './support/handles.ts';

/** The error of a capture that must fail, thrown synchronously. */
function refused(fn: Function, options?: Parameters<typeof capture>[1]): CaptureError {
  try {
    capture(fn, options);
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
  throw new Error('the capture did not fail');
}

describe('a value that cannot travel', () => {
  it('throws at the call, with the path to it and what to do', () => {
    const socket = new Socket();
    socket.destroy();
    const config = { db: socket };
    const handler = () => config.db.bytesRead;
    const error = refused(handler);
    expect(error.path).toEqual(['handler', 'config', '.db']);
    expect(error.message).toMatch(/handler → config → \.db: .*Socket.*create it inside the function/);
  });

  it.each([
    ['a Promise', Promise.resolve(1), /Promise; await it/],
    ['a WeakMap', new WeakMap(), /WeakMap/],
    ['a generator in progress', (function* () {})(), /generator/],
    ['a Proxy', new Proxy({}, {}), /Proxy/],
    ['a SharedArrayBuffer', new SharedArrayBuffer(8), /SharedArrayBuffer/],
  ])('%s is named', (_kind, value, message) => {
    expect(refused(() => value).message).toMatch(message);
  });

  it('a handle that the receiver cannot reach is refused, with the path', () => {
    const cache = new Storage();
    expect(refused(() => cache, { reach: SEPARATE }).message).toMatch(/cache.*in this process/);
  });
});

describe('code that cannot travel', () => {
  it('a method that uses super, or #private members of its class', () => {
    class Base {
      hello() {
        return 1;
      }
    }
    class Sub extends Base {
      #n = 1;
      override hello() {
        return super.hello();
      }
      read() {
        return this.#n;
      }
    }
    expect(refused(Sub.prototype.hello).message).toMatch(/super.*wrap it/);
    expect(refused(Sub.prototype.read).message).toMatch(/#private.*wrap it/);
  });

  it('a native function', () => {
    const timer = setTimeout;
    expect(() => capture(timer)).not.toThrow(); // it has a name everywhere
    let settle: unknown;
    void new Promise((resolve) => {
      settle = resolve;
    });
    expect(refused(() => settle).message).toMatch(/settle.*native function/);
  });
});

describe('capture', () => {
  it.each([[undefined], [null], ['text'], [{}], [Promise.resolve()]])('wants a function, not %s', (value) => {
    expect(() => capture(value as never)).toThrow(TypeError);
  });
});
