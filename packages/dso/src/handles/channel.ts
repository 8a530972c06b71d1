import { ChannelEnd, type EndNumber } from './channel-end.ts';
import { SharedObject } from './shared-object.ts';

/**
 * Two ends, between which messages go both ways, in order. Messages that were sent and not received take no more than
 * its `capacity` in each direction, bytes, or are a single larger one.
 */
export class Channel<T> extends SharedObject {
  /** One end. It is held from its first use on, or from `open`. */
  end(number: EndNumber): ChannelEnd<T> {
    return new ChannelEnd<T>(this.place, number);
  }

  /** Both of them. */
  ends(): [ChannelEnd<T>, ChannelEnd<T>] {
    return [this.end(0), this.end(1)];
  }
}
