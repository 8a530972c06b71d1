import { Refusal } from '../engine/refusal.ts';
import type { Value } from '../value/value.ts';
import type { KeyedStore } from './keyed-store.ts';

export type Pair = readonly [key: Value, value: Value];

/** A value that stays: `undefined` would be an entry that looks like none. */
export function kept(value: Value): Value {
  if (value !== undefined) return value;
  throw new Refusal(
    'bad-argument',
    'a map does not hold undefined, which says that there is no entry: delete the key, or hold null',
  );
}

/** Entries as arguments carry them: keys and values in turns. */
export function pairs(map: KeyedStore, args: readonly Value[]): Pair[] {
  if (args.length % 2 !== 0)
    throw new Refusal('bad-argument', `keys and values come in turns, but there are ${args.length} of them`);
  const found: Pair[] = [];
  for (let i = 0; i < args.length; i += 2) found.push([map.checked(args[i]), kept(args[i + 1])]);
  map.checkTogether(found);
  return found;
}
