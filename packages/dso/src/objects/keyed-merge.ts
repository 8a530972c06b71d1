/** Operations that make a value out of the one that is there: by an operator, or by the user's code. */
import { type ObjectType, type Operation, type StepContext, store } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { indexOf, type Value } from '../value/value.ts';
import { shown } from './arguments.ts';
import { CATALOG } from './catalog.ts';
import { kept, type Pair, pairs } from './keyed-arguments.ts';
import { assign, type KeyedStore } from './keyed-store.ts';
import { type MergeOperator, mergeOperator, mergeValues } from './merge.ts';
import { codesIn, each, isCode, resultsOf, settle } from './user-code.ts';

type Combining = 'merge' | 'mergeAll' | 'compute';

export function combiningOperations<S extends KeyedStore>(): { readonly [Name in Combining]: Operation<S> } {
  return {
    /** A key, a value, and an operator or code; the answer is what is there then. Code is `(there, value) => next`. */
    merge: {
      ...store((map, [asked, value, how], call) => {
        const key = map.checked(asked);
        const given = kept(value);
        const operator = isCode(how) ? undefined : mergeOperator('how to merge', how);
        const before = map.find(key)?.value;
        if (before !== undefined && operator === undefined) return call.runFor(each(how, [[before, given]]));
        const next = before === undefined ? given : mergeValues(operator!, before, given);
        assign(map, key, next, call);
        return next;
      }),
      codes: ([, , how]) => codesIn(how),
    },
    /** An operator or code, then keys and values in turns. All of it happens, or nothing. */
    mergeAll: {
      ...store((map, [how, ...args], call) => {
        const given = pairs(map, args);
        if (!isCode(how)) {
          const operator = mergeOperator('how to merge', how);
          for (const [key, value] of combined(map, given, operator)) assign(map, key, value, call);
          return undefined;
        }
        onceEach(given);
        const calls = given.flatMap(([key, value]) => {
          const before = map.find(key)?.value;
          return before === undefined ? [] : [[before, value]];
        });
        if (calls.length > 0) return call.runFor(each(how, calls));
        for (const [key, value] of given) assign(map, key, value, call);
        return undefined;
      }),
      codes: ([how]) => codesIn(how),
    },
    /** A key, code `(there, ...more) => next` and what more it is given; the answer is what is there then. */
    compute: {
      ...store((map, [asked, code, ...more], call) =>
        call.runFor(each(code, [[map.find(map.checked(asked))?.value, ...more]])),
      ),
      codes: ([, code]) => codesIn(code),
    },
  };
}

/** Does what user code has said. Writes have waited for it, so that what is there is what it was given. */
export function combiningFinished<S extends KeyedStore>(
  type: 'map' | 'treeMap',
): NonNullable<ObjectType<S>['finished']> {
  const names: readonly string[] = CATALOG[type];
  return (map, task, outcome, call) =>
    settle(call, ({ operation, args }) => {
      const results = resultsOf(outcome, task.kind === 'each' ? task.calls.length : 1);
      if (names[operation] === 'mergeAll') {
        finishMergeAll(map, pairs(map, args.slice(1)), results, call);
        return undefined;
      }
      const [next] = results;
      assign(map, map.checked(args[0]), next, call);
      return next;
    });
}

function finishMergeAll(
  map: KeyedStore,
  given: readonly Pair[],
  results: readonly Value[],
  call: StepContext,
): void {
  let used = 0;
  for (const [key, value] of given)
    assign(map, key, map.find(key) === undefined ? value : results[used++], call);
}

/** What will be there: everything is combined before anything is changed, for any of it may be refused. */
function combined(map: KeyedStore, given: readonly Pair[], operator: MergeOperator): Iterable<Pair> {
  const next = new Map<unknown, Pair>();
  for (const [key, value] of given) {
    const index = indexOf(key);
    const before = next.has(index) ? next.get(index)![1] : map.find(key)?.value;
    next.set(index, [key, before === undefined ? value : mergeValues(operator, before, value)]);
  }
  return next.values();
}

/** The second value of a key would have to wait for what the code makes of the first. */
function onceEach(given: readonly Pair[]): void {
  const seen = new Set<unknown>();
  for (const [key] of given) {
    const index = indexOf(key);
    if (seen.has(index))
      throw new Refusal(
        'bad-argument',
        `mergeAll with a function takes each key once, and ${shown(key)} comes again`,
      );
    seen.add(index);
  }
}
