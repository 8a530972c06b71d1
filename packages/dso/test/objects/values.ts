/** Values for model-based tests: few, so that they meet again, and with those that are easily confused. */
import { decode, encode, registerClass } from '@skein/codec';
import fc from 'fast-check';
import type { Target } from '../../src/engine/request.ts';
import { Packed, type Value } from '../../src/value/value.ts';
import type { Member } from './member.ts';

registerClass(Packed, 'test.Packed');

const packed = (text: string): Packed => new Packed(encode({ text }).toBytes());

export const someValue: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value[]>(0, -0, 1, '1', 1n, Number.NaN, null, true, '', '\0p', 'a'),
  fc.constantFrom<Value[]>(packed('a'), packed('b'), Uint8Array.of(1, 2), Float64Array.of(1, 2)),
);

/** The object goes to another owner as a snapshot does: dumped, encoded, decoded, restored. */
export function move(target: Target): void {
  const { type, state } = target.cell!;
  const dumped = type.dump === undefined ? state : type.dump(state);
  const arrived: unknown = decode(encode(dumped).toBytes());
  target.cell!.state = type.restore === undefined ? arrived : type.restore(arrived);
}

/** Bytes that the object takes; also what its node counts in all. */
export function bytesOf(member: Member, target: Target): number {
  const { bytes } = target.cell!;
  if (member.engine.stats().objects === 1 && member.engine.stats().bytes !== bytes)
    throw new Error(`the object has ${bytes} bytes, its node ${member.engine.stats().bytes}`);
  return bytes;
}
