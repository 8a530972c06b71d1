import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, write } from '../engine/object-type.ts';

interface Event {
  isSet: boolean;
}

const WAITING = 'wait';

/** Something that has happened, or not yet; it may be taken back. Who waits is let go when it happens. */
export const event: ObjectType = defineType<'event', Event>('event', {
  create: () => ({ isSet: false }),
  operations: {
    isSet: read((state) => state.isSet),
    set: write((state, _args, call) => {
      state.isSet = true;
      for (const waiter of call.all(WAITING)) call.answer(waiter, true);
      return undefined;
    }),
    clear: write((state) => {
      state.isSet = false;
      return undefined;
    }),
    wait: write((state, _args, call) => (state.isSet ? true : call.park(WAITING))),
  },
});
