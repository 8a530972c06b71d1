/** The operations that a map and a tree map have in common. */
import { type Operation, read, store, write } from '../engine/object-type.ts';
import { sameValue } from '../value/value.ts';
import type { CATALOG } from './catalog.ts';
import { kept, pairs } from './keyed-arguments.ts';
import { combiningOperations } from './keyed-merge.ts';
import { assign, grow, growthBy, type KeyedStore } from './keyed-store.ts';

type Common = Exclude<(typeof CATALOG)['map'][number], 'page'>;

export function keyedOperations<S extends KeyedStore>(): { readonly [Name in Common]: Operation<S> } {
  return {
    get: read((map, [key]) => map.find(map.checked(key))?.value),
    has: read((map, [key]) => map.find(map.checked(key)) !== undefined),
    size: read((map) => map.size),
    getMany: read((map, keys) => keys.map((key) => map.find(map.checked(key))?.value)),
    set: replacing((map, [key, value], call) => {
      assign(map, map.checked(key), kept(value), call);
      return undefined;
    }, 1),
    /** Whether it did. */
    setIfAbsent: store((map, [asked, value], call) => {
      const key = map.checked(asked);
      const next = kept(value);
      if (map.find(key) !== undefined) return false;
      assign(map, key, next, call);
      return true;
    }),
    getAndSet: replacing((map, [asked, value], call) => {
      const key = map.checked(asked);
      const next = kept(value);
      const before = map.find(key)?.value;
      assign(map, key, next, call);
      return before;
    }, 1),
    /** `undefined` stands for no entry, as what is expected and as what comes next. */
    compareAndSet: replacing((map, [asked, expected, next], call) => {
      const key = map.checked(asked);
      if (!sameValue(map.find(key)?.value, expected)) return false;
      assign(map, key, next, call);
      return true;
    }, 2),
    /** Whether it was there. */
    delete: write((map, [asked], call) => {
      const key = map.checked(asked);
      const was = map.find(key) !== undefined;
      assign(map, key, undefined, call);
      return was;
    }),
    getAndDelete: write((map, [asked], call) => {
      const key = map.checked(asked);
      const before = map.find(key)?.value;
      assign(map, key, undefined, call);
      return before;
    }),
    /** Keys and values in turns. */
    setMany: store((map, args, call) => {
      for (const [key, value] of pairs(map, args)) assign(map, key, value, call);
      return undefined;
    }),
    ...combiningOperations<S>(),
    clear: write((map, _args, call) => {
      map.clear();
      grow(map, -map.bytes, call);
      return undefined;
    }),
  };
}

/** A write that puts its argument number `at` for its first: what it takes the place of makes room, also in a full map. */
function replacing<S extends KeyedStore>(run: Operation<S>['run'], at: number): Operation<S> {
  return {
    ...store(run),
    growth(map, args) {
      const key = map.checked(args[0]);
      return growthBy(map.find(key), key, args[at]);
    },
  };
}
