/** A member's lease at the coordinator: it runs while it is renewed, and the member knows by itself when it does not (D4). */
import type { Clock } from '../engine/clock.ts';
import type { Coordinator, Grant } from './coordinator.ts';

/** A moment, by two clocks. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** Lengths of time as a lease needs them: never too short, whatever is done to the machine or its clock. */
export interface LeaseClock {
  moment(): Moment;
  /** Milliseconds since, by the larger of both clocks: one stops while a machine sleeps, the other can be set. */
  since(moment: Moment): number;
}

export const systemLeaseClock: LeaseClock = {
  moment: () => ({ monotonic: performance.now(), wall: Date.now() }),
  since: ({ monotonic, wall }) => Math.max(performance.now() - monotonic, Date.now() - wall),
};

export interface NodeLeaseOptions {
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly leaseClock: LeaseClock;
  readonly ttlMs: number;
  readonly key: string;
  /** What the member says of itself. */
  readonly value: () => string;
  /** The key is there, since this revision. */
  readonly onJoined: (revision: number) => void;
  /** It is gone, and so may be what this member was primary of. A new one is asked for. */
  readonly onLost: () => void;
  /** It runs again, after a time in which nobody knew. */
  readonly onRevived: () => void;
}

/** Of its time, what is left for clocks that go differently. */
const MARGIN = 0.2;
/** Renewals within its time. */
const RENEWALS = 5;
const RETRY_MS = 200;

export class NodeLease {
  readonly #options: NodeLeaseOptions;
  #grant: Grant | undefined;
  /** When it was asked for the last time that it was given. */
  #since: Moment | undefined;
  #wasValid = false;
  #isClosed = false;
  #cancel: () => void = () => {};

  constructor(options: NodeLeaseOptions) {
    this.#options = options;
  }

  start(): void {
    const { coordinator, leaseClock, ttlMs } = this.#options;
    const asked = leaseClock.moment();
    coordinator.grant(ttlMs, (grant) => {
      if (this.#isClosed) return;
      if (grant === undefined) this.#later(RETRY_MS, () => this.start());
      else this.#register(grant, asked);
    });
  }

  isValid(): boolean {
    if (this.#since === undefined || this.#grant === undefined) return false;
    return this.#options.leaseClock.since(this.#since) < this.#grant.ttlMs * (1 - MARGIN);
  }

  /** Says what is to be said now. Where the key is not there, it will when it is. */
  announce(): void {
    const { coordinator, clock, key, value } = this.#options;
    if (this.#grant === undefined || this.#isClosed) return;
    coordinator.transact([], [{ key, value: value(), lease: this.#grant.id }], ({ kind }) => {
      // If the lease has run out, the key is put anew with the next.
      if (kind !== 'done') clock.after(RETRY_MS, () => this.announce());
    });
  }

  /** Ends it now: others need not wait. */
  close(done: () => void = () => {}): void {
    this.#isClosed = true;
    this.#since = undefined;
    this.#cancel();
    if (this.#grant === undefined) done();
    else this.#options.coordinator.revoke(this.#grant.id, done);
  }

  #register(grant: Grant, asked: Moment): void {
    const { coordinator, key, value, onJoined } = this.#options;
    const said = value();
    coordinator.transact([], [{ key, value: said, lease: grant.id }], (outcome) => {
      if (this.#isClosed) return;
      if (outcome.kind === 'unknown') {
        // By the same lease: by another one the key might yet come to belong to this one, which nobody would renew.
        this.#later(RETRY_MS, () => this.#register(grant, asked));
        return;
      }
      if (outcome.kind !== 'done') {
        // The lease has run out meanwhile.
        this.#later(RETRY_MS, () => this.start());
        return;
      }
      this.#grant = grant;
      this.#since = asked;
      this.#wasValid = true;
      onJoined(outcome.revision);
      // It has changed its mind while that was on its way, when it could not say so yet.
      if (value() !== said) this.announce();
      this.#renew();
    });
  }

  #renew(): void {
    const { coordinator, leaseClock, onLost, onRevived } = this.#options;
    const asked = leaseClock.moment();
    this.#wasValid &&= this.isValid();
    coordinator.renew(this.#grant!.id, (how) => {
      if (this.#isClosed) return;
      switch (how) {
        case 'lost':
          this.#grant = undefined;
          this.#since = undefined;
          onLost();
          this.start();
          return;
        case 'renewed':
          this.#wasValid &&= this.isValid();
          this.#since = asked;
          if (!this.#wasValid && this.isValid()) {
            this.#wasValid = true;
            onRevived();
          }
      }
      const pause = how === undefined ? RETRY_MS : this.#grant!.ttlMs / RENEWALS;
      this.#later(pause, () => this.#renew());
    });
  }

  #later(ms: number, work: () => void): void {
    this.#cancel = this.#options.clock.after(ms, work);
  }
}
