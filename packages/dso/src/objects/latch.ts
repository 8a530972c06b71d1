import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import { count, optional, positive } from './arguments.ts';

interface Latch {
  count: number;
}

const WAITING = 'wait';

/** Opens once it has been counted down to 0, and stays open. Who waits counts nothing. */
export const latch: ObjectType = defineType<'latch', Latch>('latch', {
  create([initial]) {
    if (initial === undefined)
      throw new Refusal(
        'bad-argument',
        'a latch is made with a number to count down from: latch(key, { count })',
      );
    return { count: count('count', initial) };
  },
  operations: {
    count: read((state) => state.count),
    /** Gives what is left; at 0 it stays. */
    countDown: write((state, [by], call) => {
      const before = state.count;
      state.count = Math.max(0, before - (optional('the number to count down by', by, positive) ?? 1));
      if (state.count === 0 && before > 0) {
        for (const waiter of call.all(WAITING)) call.answer(waiter, true);
      }
      return state.count;
    }),
    wait: write((state, _args, call) => (state.count === 0 ? true : call.park(WAITING))),
  },
});
