import { decode, encode } from '@skein/codec';
import { connect } from '@skein/dso';
import { describe, expect, test } from 'vitest';
import { SharedTypedArray, typedArrayConfig } from '../../src/handles/shared-typed-array.ts';
import { typedArray } from '../../src/objects/typed-array.ts';
import type { ElementOf, ElementType, TypedArrayOf } from '../../src/objects/typed-elements.ts';
import { LocalServer } from './local.ts';

function setUp<E extends ElementType>(type: E, length?: number, initial?: Iterable<number | bigint>) {
  const server = new LocalServer([typedArray]);
  const config = typedArrayConfig(type, length, initial);
  return { server, shared: new SharedTypedArray<E>(server.client('a').place('typedArray', 'x', config)) };
}

describe('a shared typed array', () => {
  test('is read and written by element, atomically', async () => {
    const { shared } = setUp('int8', 3);
    await shared.set(0, 100);
    expect([await shared.get(0), await shared.get(2), await shared.length()]).toEqual([100, 0, 3]);
    expect(await shared.add(0, 100)).toBe(-56);
    expect(await shared.compareAndSet(0, 200, 1)).toBe(true);
    expect(await shared.compareAndSet(0, 200, 2)).toBe(false);
    expect(await shared.elementType()).toBe('int8');
  });

  test('is read and written in part, as typed arrays of its own type', async () => {
    const { shared } = setUp('float32', undefined, [1, 2, 3, 4]);
    const slice: Float32Array = await shared.slice(-3, -1);
    expect(slice).toEqual(Float32Array.of(2, 3));
    await shared.setSlice(1, slice.fill(0.1));
    await shared.setSlice(3, new Set([9]));
    expect(await shared.slice()).toEqual(Float32Array.of(1, 0.1, 0.1, 9));
    await shared.fill(7, 1);
    expect(await shared.slice(1)).toEqual(Float32Array.of(7, 7, 7));
    // What was given is not the object's memory.
    const given = Float32Array.of(5, 6);
    const setting = shared.setSlice(0, given);
    given.fill(0);
    await setting;
    expect(await shared.slice(0, 2)).toEqual(Float32Array.of(5, 6));
  });

  test('has bigints where they are of 64 bits, which wrap around', async () => {
    const { shared } = setUp('biguint64', undefined, [1n]);
    expect(await shared.add(0, -2n)).toBe(2n ** 64n - 1n);
    await shared.set(0, 2n ** 5000n + 3n);
    expect(await shared.slice()).toEqual(BigUint64Array.of(3n));
  });

  test('refuses before anything is sent', async () => {
    const { server, shared } = setUp('int32', 3);
    await expect(shared.set(0, 1n as never)).rejects.toThrow(
      /the element must be a whole number \(elements are int32\), not 1n/,
    );
    await expect(shared.set(0, 0.5)).rejects.toThrow(/not 0.5/);
    await expect(shared.get(-1)).rejects.toThrow(/the index must be a whole number, 0 or more, not -1/);
    await expect(shared.setSlice(0, [1, 'x' as never])).rejects.toThrow(/the elements\[1\] must be/);
    await expect(shared.setSlice(0, 5 as never)).rejects.toThrow(/the elements must be an array or another/);
    await expect(shared.slice(0.5)).rejects.toThrow(/from must be a whole number/);
    expect(() => setUp('int64' as never)).toThrow(/type must be one of 'int8', .*'biguint64', not "int64"/);
    expect(() => setUp('bigint64', undefined, [1])).toThrow(/initial\[0\] must be a bigint/);
    expect(() => setUp('int8', -1)).toThrow(/length must be/);
    expect(server.asked).toBe(0);
    await expect(shared.get(3)).rejects.toThrow(/a whole number from 0 to 2, not 3/);
  });

  test('is said by its type alone where it is there, and another type is another object', async () => {
    await using dso = await connect();
    await dso.typedArray('there', { type: 'int16', initial: [1, 2] }).length();
    expect(await dso.typedArray('there', { type: 'int16' }).slice()).toEqual(Int16Array.of(1, 2));
    await expect(dso.typedArray('there', { type: 'int8' }).get(0)).rejects.toMatchObject({
      code: 'config-mismatch',
    });
    await expect(dso.typedArray('nowhere', { type: 'int8' }).get(0)).rejects.toThrow(
      /with a length or with its/,
    );
  });

  test.each(['small', 'large'])('that has travelled knows what its elements are: %s', async (size) => {
    await using dso = await connect();
    const made = dso.typedArray(`travels ${size}`, {
      type: 'bigint64',
      initial: new BigInt64Array(size === 'small' ? 2 : 200),
    });
    await made.set(0, 1n);
    const arrive = (): typeof made => decode(encode(made).toBytes());
    expect(await arrive().add(0, 5n)).toBe(6n);
    expect((await arrive().slice(0, 1))[0]).toBe(6n);
    const given = BigInt64Array.of(8n, 9n);
    const setting = arrive().setSlice(0, given);
    given.fill(0n);
    await setting;
    expect(await made.slice(0, 2)).toEqual(BigInt64Array.of(8n, 9n));
    await expect(arrive().fill(1 as never)).rejects.toThrow(/a bigint \(elements are bigint64\), not 1/);
  });
});

test('types of elements are those of typed arrays', () => {
  const number: ElementOf<'float32'> = 1;
  const big: ElementOf<'biguint64'> = 1n;
  const array: TypedArrayOf<'uint8clamped'> = Uint8ClampedArray.of(number);
  expect([array[0], big]).toEqual([1, 1n]);
});
