import { bundle, capture, type LoadedValue, loadCode } from '@skein/closure';
import { decode, encode } from '@skein/codec';
import { expect, it } from 'vitest';
import { makeHidden } from './support/geometry.ts';

class Account {
  #balance = 1;
  grow(by: number): number {
    this.#balance += by;
    return this.#balance;
  }
}
class Savings extends Account {
  #bonus = 1;
  owner: unknown;
  total(): number {
    return this.grow(0) + this.#bonus++;
  }
}

async function loaded<T extends Function>(fn: T): Promise<LoadedValue<T>> {
  const captured = capture(fn);
  return (await loadCode(await bundle(captured))).decode<T>(captured.values.toBytes());
}

it('a state keeps #private fields, for the same code loaded elsewhere too', async () => {
  const { value: Here, state } = await loaded(Savings);
  const savings = new Here();
  savings.grow(10);
  expect(savings.total()).toBe(12);
  const bytes = encode(savings, { functions: state }).toBytes();
  const there = await loaded(Savings);
  const back = decode<Savings>(bytes, { functions: there.functions });
  expect(back).toBeInstanceOf(there.value);
  expect(back.total()).toBe(13);
});

it('a state that holds code which is not its own is refused', async () => {
  const captured = capture(Savings);
  const code = await loadCode(await bundle(captured));
  const first = code.decode<typeof Savings>(captured.values.toBytes());
  const { encoded, codes } = captured.encodeArguments([() => 1, Savings, Math.max]);
  const brought = await Promise.all(codes.map(async (one) => loadCode(await bundle(one))));
  const [fn, same, native] = first.decode<unknown[]>(encoded.toBytes(), { codes: brought });
  const savings = new first.value();
  const keep = (owner: unknown) => () => {
    savings.owner = owner;
    return encode(savings, { functions: first.state, root: 'savings' });
  };
  expect(keep(fn)).toThrow(
    'cannot ship savings → .owner: the function (anonymous), which is not part of the code',
  );
  expect(keep(() => 1)).toThrow('write functions as methods');
  expect(keep(same)).not.toThrow();
  expect(keep(native)).not.toThrow();
});

it('#private members of imported classes are refused with what to do', async () => {
  class Holder {
    held: unknown = undefined;
    hold(): void {
      this.held = makeHidden();
    }
  }
  const { value: Here, state } = await loaded(Holder);
  const holder = new Here();
  holder.hold();
  expect(() => encode(holder, { functions: state, root: 'holder' })).toThrow(/cannot ship holder → \.held/);
});
