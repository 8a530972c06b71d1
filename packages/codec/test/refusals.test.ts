import { createSecretKey } from 'node:crypto';
import { createServer } from 'node:net';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { CaptureError, encode } from '../src/index.ts';

const refused: [string, () => unknown, RegExp][] = [
  ['a Promise', () => Promise.resolve(1), /a Promise; await it/],
  ['a WeakMap', () => new WeakMap(), /a WeakMap.*use a Map/],
  ['a WeakSet', () => new WeakSet(), /a WeakSet.*use a Set/],
  ['a WeakRef', () => new WeakRef({}), /a WeakRef; ship its target/],
  ['a Proxy', () => new Proxy({}, {}), /a Proxy.*ship its target/],
  ['a Proxy of a function', () => new Proxy(() => 1, {}), /a Proxy/],
  ['a generator', () => (function* () {})(), /a generator in progress/],
  ['an async generator', () => (async function* () {})(), /a generator in progress/],
  ['an array iterator', () => [].values(), /an Array Iterator/],
  ['a map iterator', () => new Map().entries(), /an iterator/],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(8), /a SharedArrayBuffer/],
  ['a view of one', () => new Uint8Array(new SharedArrayBuffer(8)), /a view of a SharedArrayBuffer/],
  ['a key', () => createSecretKey(Buffer.alloc(8)), /a key/],
  ['a stream', () => process.stdin, /which belongs to this process/],
  ['a server', () => createServer(), /class Server|belongs to this process/],
  ['an AbortSignal', () => new AbortController().signal, /an AbortSignal; use the signal of the call/],
  ['a function', () => () => 1, /the function .*@skein\/closure/],
  [
    'arguments',
    () =>
      (function (..._rest: unknown[]) {
        // biome-ignore lint/complexity/noArguments: it is what is tested
        return arguments;
      })(1),
    /an arguments object/,
  ],
  [
    'a WebAssembly memory',
    () => runInNewContext('new WebAssembly.Memory({ initial: 1 })'),
    /WebAssembly\.Memory/,
  ],
];

describe('what cannot travel says what it is, where, and what to do', () => {
  test.each(refused)('%s', (_name, make, message) => {
    let thrown: unknown;
    try {
      encode({ config: [{ db: make() }] }, { root: 'handler' });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CaptureError);
    const { path, code, message: text } = thrown as CaptureError;
    expect(path.slice(0, 4)).toEqual(['handler', '.config', '[0]', '.db']);
    expect(code).toBe('uncapturable');
    expect(text).toMatch(message);
    expect(text).toMatch(/^cannot ship handler → \.config → \[0\] → \.db/);
  });

  test('paths through Maps, Sets and symbols', () => {
    const bad = Promise.resolve();
    expect(() => encode(new Map([['key', { bad }]]))).toThrow('value → .get("key") → .bad: a Promise');
    expect(() => encode(new Set([bad]))).toThrow('value → <item>: a Promise');
    expect(() => encode({ [Symbol('s')]: bad, 'odd name': 1 })).toThrow('value → [Symbol(s)]: a Promise');
    expect(() => encode({ 'odd name': bad })).toThrow('value → ["odd name"]: a Promise');
  });

  test('an encoder that failed leaves nothing behind for the next', () => {
    expect(() => encode([{ a: 1 }, Promise.resolve()])).toThrow(CaptureError);
    expect(encode([1]).byteLength).toBe(encode([2]).byteLength);
  });
});
