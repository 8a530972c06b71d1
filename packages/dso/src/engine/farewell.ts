/** The end of a node, as those see it who wait for its answers. */
import { name } from './names.ts';
import type { EngineOptions } from './options.ts';
import type { OwnedSlot, Say } from './owned-slot.ts';
import { Refusal } from './refusal.ts';
import type { Waiter } from './waiter.ts';

export class Farewell {
  readonly #options: Pick<EngineOptions, 'elsewhere' | 'isDurable'>;
  readonly #say: Say;

  constructor(options: Pick<EngineOptions, 'elsewhere' | 'isDurable'>, say: Say) {
    this.#options = options;
    this.#say = say;
  }

  /** What whoever asks for something new is told; `undefined`: nothing, for asked again it is done by the node that comes after. */
  refusal(slot: number): Refusal | undefined {
    return this.#isSilent ? undefined : (this.#goesOn(slot) ?? ending('nothing of this was done'));
  }

  /** Tells those who wait for others that this is over; with `all`, those too whose user code runs. */
  dismiss(slots: Iterable<OwnedSlot | undefined>, all: boolean): void {
    if (this.#isSilent) return;
    for (const owned of slots) {
      for (const session of owned?.slot.sessions.values() ?? []) {
        for (const waiter of session.waiters.values()) {
          const { port, cell } = waiter;
          if (port === undefined || (cell.task !== undefined && !all)) continue;
          this.#say(port, waiter.callId, this.#whatBecomes(waiter));
          waiter.port = undefined;
        }
      }
    }
  }

  #whatBecomes({ cell }: Waiter): Refusal {
    const elsewhere = this.#goesOn(cell.slot);
    if (elsewhere !== undefined) return elsewhere;
    return cell.task === undefined
      ? ending('this waited for others, who will not come')
      : new Refusal('outcome-unknown', `the server has ended while ${name(cell)} ran user code`);
  }

  /** What it holds goes on in the node that comes after it, of which others know nothing yet. */
  get #isSilent(): boolean {
    return this.#options.isDurable === true && this.#options.elsewhere === undefined;
  }

  /** In a cluster this node's end is not that of what it does: it is to be asked for again. */
  #goesOn(slot: number): Refusal | undefined {
    return this.#options.elsewhere?.(slot);
  }
}

function ending(what: string): Refusal {
  return new Refusal('draining', `the server is about to end: ${what}`);
}
