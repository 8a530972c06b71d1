/** What processes do that open shared objects. See `runClient`. */
import { decode, encode } from '@skein/codec';
import { type AtomicCounter, open } from '@skein/dso';
import type { Surroundings } from '../support/processes.ts';

type Say = Surroundings<unknown>;

/** A worker: uses the counter whose handle it is given. */
export async function worker({ handle }: { readonly handle: string }, { say }: Say): Promise<void> {
  const counter = decode<AtomicCounter>(Buffer.from(handle, 'base64'));
  say(await counter.increment());
  await counter.place.cluster.close();
}

/** Opens, makes a handle, and does nothing with it. Says the address. */
export async function idler({ url }: { readonly url?: string }, { say }: Say): Promise<void> {
  const dso = open(url);
  encode(dso.counter('hits')).toBytes();
  say(dso.url);
}

/** Calls, and does not wait for the answer. */
export async function caller({ url, key }: { readonly url?: string; readonly key: string }): Promise<void> {
  void open(url).counter(key).increment();
}

/** Shares an object of a class of its own in the very turn, and changes what the class closes over in the next one. */
export async function owner(_: unknown, { say }: Say): Promise<void> {
  await using dso = open();
  let start = 1;
  class Account {
    #balance = start;
    deposit(amount: number): number {
      this.#balance += amount;
      return this.#balance;
    }
  }
  const account = dso.object('ada', Account);
  start = 100;
  say(await account.deposit(10));
  const untravelled = new WeakMap();
  class Stranger {
    has(key: object): boolean {
      return untravelled.has(key);
    }
  }
  try {
    dso.object('eve', Stranger);
    say('nothing thrown');
  } catch (error) {
    say((error as Error).name);
  }
}
