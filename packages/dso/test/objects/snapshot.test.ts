/** The state of every type is data: it arrives elsewhere as it was, and does the same from there on. */
import { describe, expect, test } from 'vitest';
import type { ObjectType } from '../../src/engine/object-type.ts';
import { boolean } from '../../src/objects/boolean.ts';
import { bytes } from '../../src/objects/bytes.ts';
import { channel } from '../../src/objects/channel.ts';
import { counter } from '../../src/objects/counter.ts';
import { event } from '../../src/objects/event.ts';
import { future } from '../../src/objects/future.ts';
import { latch } from '../../src/objects/latch.ts';
import { list } from '../../src/objects/list.ts';
import { logger } from '../../src/objects/logger.ts';
import { long } from '../../src/objects/long.ts';
import { map } from '../../src/objects/map.ts';
import { matrix } from '../../src/objects/matrix.ts';
import { queue } from '../../src/objects/queue.ts';
import { reference } from '../../src/objects/reference.ts';
import { semaphore } from '../../src/objects/semaphore.ts';
import { set } from '../../src/objects/set.ts';
import { treeMap } from '../../src/objects/tree-map.ts';
import { typedArray } from '../../src/objects/typed-array.ts';
import type { Value } from '../../src/value/value.ts';
import { Member } from './member.ts';
import { move } from './values.ts';

type Step = readonly [operation: string, ...args: Value[]];

interface Script {
  readonly config?: readonly Value[];
  readonly before: readonly Step[];
  /** What shows the state. */
  readonly after: readonly Step[];
}

const scripts: readonly (readonly [ObjectType, Script])[] = [
  [counter, { config: [5], before: [['add', 2]], after: [['tally'], ['reset'], ['tally']] }],
  [long, { config: [5n], before: [['addAndGet', 2n ** 70n]], after: [['get'], ['addAndGet', 1n]] }],
  [boolean, { before: [['set', true]], after: [['getAndSet', false], ['get']] }],
  [
    reference,
    {
      before: [['set', Uint8Array.of(1)]],
      after: [['get'], ['compareAndSet', Uint8Array.of(1), 5], ['get']],
    },
  ],
  [
    bytes,
    {
      before: [['set', Uint8Array.of(1, 2, 3)]],
      after: [['slice', 1], ['append', Uint8Array.of(4)], ['get']],
    },
  ],
  [
    semaphore,
    {
      config: [3],
      before: [['acquire', 2]],
      after: [['available'], ['tryAcquire', 2], ['release', 2], ['available']],
    },
  ],
  [latch, { config: [2], before: [['countDown', 1]], after: [['count'], ['countDown', 1], ['wait']] }],
  [future, { before: [['set', 'done']], after: [['get'], ['set', 'again'], ['get']] }],
  [
    logger,
    {
      before: [
        ['log', 'info', 'a'],
        ['log', 'info', 'b'],
      ],
      after: [['lines', 10], ['log', 'info', 'c'], ['lines']],
    },
  ],
  [
    list,
    { before: [['push', 'a', 1n, null], ['shift']], after: [['slice'], ['push', 5], ['slice', -2], ['pop']] },
  ],
  [
    map,
    {
      before: [
        ['setMany', 'a', 1, 'b', 2, 'c', 3, 'd', 4],
        ['delete', 'b'],
        ['delete', 'd'],
      ],
      // A cursor of before still leads on, and nothing new has a number that was used.
      after: [
        ['page', 1, 4, 10],
        ['page', 0, undefined, 10],
        ['set', 'd', 4],
        ['page', 3, undefined, 10],
        ['merge', 'a', 1, 'sum'],
        ['size'],
      ],
    },
  ],
  [
    treeMap,
    {
      before: [
        ['setMany', 3, 'c', 1, 'a', 2, 'b'],
        ['delete', 2],
      ],
      after: [
        ['first'],
        ['last'],
        ['set', 2.5, 'x'],
        ['page', undefined, true, undefined, true, true, 10],
        ['clear'],
        ['size'],
      ],
    },
  ],
  [
    set,
    {
      before: [
        ['addAll', 'a', 1, '1'],
        ['delete', 'a'],
      ],
      after: [
        ['add', '1'],
        ['add', 'a'],
        ['page', 0, undefined, 10],
      ],
    },
  ],
  [
    queue,
    {
      config: [3],
      before: [['put', 'a'], ['put', 'b'], ['take']],
      after: [['peek'], ['offer', 1], ['offer', 2], ['offer', 3], ['drain'], ['taskDone', 3], ['unfinished']],
    },
  ],
  [
    channel,
    {
      config: [100],
      before: [
        ['send', 0, undefined, 'a'],
        ['send', 0, 'copy', 'b'],
        ['open', 1],
      ],
      after: [
        ['receive', 1],
        ['close', 0],
        ['close', 0],
        ['poll', 1, undefined, false],
        ['close', 0, 'copy'],
        ['receive', 1],
        ['poll', 1, undefined, false],
      ],
    },
  ],
  [event, { before: [['set']], after: [['isSet'], ['wait'], ['clear'], ['isSet']] }],
  [
    typedArray,
    {
      config: ['int16', 3],
      before: [['set', 1, -1]],
      after: [['shape'], ['add', 1, 40_000], ['slice'], ['fill', 5], ['get', 2]],
    },
  ],
  [
    matrix,
    { config: [2, 2, 7], before: [['set', 0, 1, -0]], after: [['toArray'], ['add', 0, 1, 1], ['column', 1]] },
  ],
];

describe.each(scripts.map(([type, script]) => [type.name, type, script] as const))(
  '%s',
  (_name, type, script) => {
    test('does after it has moved what it would have done where it was', () => {
      const run = (moves: boolean): { answers: Value[]; bytes: number; dump: unknown } => {
        const member = new Member({ types: [type] });
        const [session, target] = [member.session('a'), member.object(type.name, 'it', script.config)];
        for (const [operation, ...args] of script.before) member.do(session, target, operation, args);
        if (moves) move(target);
        const answers = script.after.map(([operation, ...args]) =>
          member.do(session, target, operation, args),
        );
        const { state, bytes } = target.cell!;
        return { answers, bytes, dump: type.dump === undefined ? state : type.dump(state) };
      };
      expect(run(true)).toEqual(run(false));
    });

    const { dump } = type;
    // Without one, the state itself is what is encoded: that copies it.
    if (dump === undefined) return;
    test('has none of the dumped state’s memory: what changes later does not change the snapshot', () => {
      const member = new Member({ types: [type] });
      const [session, target] = [member.session('a'), member.object(type.name, 'it', script.config)];
      for (const [operation, ...args] of script.before) member.do(session, target, operation, args);
      const dumped = dump(target.cell!.state);
      const copy = structuredClone(dumped);
      for (const [operation, ...args] of script.after) member.do(session, target, operation, args);
      expect(dumped).toEqual(copy);
    });
  },
);
