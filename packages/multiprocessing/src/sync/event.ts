import { SharedEvent } from '@skein/dso/handles';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';
import { inTime, limitOf, type TimeoutOptions } from '../waiting.ts';

/** A flag that one sets and any number wait for. */
export class Event {
  /** @internal */
  readonly shared: SharedEvent;

  /** @param shared internal: where it has travelled */
  constructor(shared?: SharedEvent) {
    this.shared = shared ?? make((dso, key) => dso.event(key));
  }

  isSet(): Promise<boolean> {
    return this.shared.isSet();
  }

  /** Wakes all who wait; nobody waits any more until {@link clear}. */
  set(): Promise<void> {
    return this.shared.set();
  }

  clear(): Promise<void> {
    return this.shared.clear();
  }

  /** Waits until it is set; whether it was, in time. */
  async wait(options?: TimeoutOptions): Promise<boolean> {
    const limit = limitOf(options);
    return limit === undefined ? this.shared.isSet() : inTime(this.shared.wait(limit));
  }
}

travels(
  'Event',
  Event,
  [SharedEvent],
  ({ shared }) => ({ handles: [shared], data: null }),
  ([handle]) => new Event(handle),
);
