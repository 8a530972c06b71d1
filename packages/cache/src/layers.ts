/** The tiers below memory, nearest first: found where it is nearest, kept in all that are nearer. */
import { GuardedTier } from './guarded-tier.ts';
import { isAsked, type Once } from './load.ts';
import type { CachePolicy, ExpectedTime, PlacedEntry } from './policy.ts';
import type { Entry, Invalidation, Mark, OpenTier } from './tier.ts';
import { bytesOf } from './value.ts';

/** When each tier was asked, by its own clock; undefined of those that were not, or could not be. */
export type Marks = readonly (Mark | undefined)[];

/** Where an entry is fetched from, and what that takes: of a tier, what is expected at the moment at which it is asked. */
export type Origin = Pick<PlacedEntry, 'fetchMs' | 'from'>;

/** For how long those who wait find an entry that a policy has kept from their tier, milliseconds: they look each quarter of that. */
export const HANDED_MS = 1_000;

/** For how long those who wait in other processes find an outcome that is not kept, milliseconds. */
export const OUTCOME_MS = 5_000;

export interface Found {
  readonly entry: Entry | undefined;
  readonly marks: Marks;
  /** Which tier has it. */
  readonly at: number;
}

export class Layers {
  readonly tiers: readonly GuardedTier[];
  readonly #policy: CachePolicy;

  /** @param heard of what others have made invalid, in any tier */
  constructor(
    openers: readonly OpenTier[],
    namespace: string,
    policy: CachePolicy,
    heard: (invalidation: Invalidation) => void,
    now?: () => number,
  ) {
    this.#policy = policy;
    this.tiers = openers.map((open, at) => {
      const told = (invalidation: Invalidation): void => {
        heard(invalidation);
        this.#passOn(invalidation, at);
      };
      return new GuardedTier(open({ namespace, heard: told }), now);
    });
  }

  poll(): void {
    for (const tier of this.tiers) tier.poll();
  }

  /** The nearest entry that is wanted. */
  async find(key: string, tags: readonly string[], isWanted: (entry: Entry) => boolean): Promise<Found> {
    const found = await this.findAgain(key, tags, isWanted);
    const missed = this.tiers.slice(0, found.at);
    for (const tier of missed) tier.miss();
    const tier = this.tiers[found.at];
    this.#policy.asked?.(
      key,
      missed,
      found.entry && tier && { tier, bytes: bytesOf(found.entry), staleAt: found.entry.staleAt },
    );
    return found;
  }

  /** The same for who has looked before, and counts as one. */
  async findAgain(key: string, tags: readonly string[], isWanted: (entry: Entry) => boolean): Promise<Found> {
    const marks: (Mark | undefined)[] = [];
    for (const [at, tier] of this.tiers.entries()) {
      const reading = await tier.read(key, tags);
      marks.push(reading?.mark);
      const entry = reading?.entry;
      if (entry !== undefined && isWanted(entry)) return { entry, marks, at };
    }
    return { entry: undefined, marks, at: this.tiers.length };
  }

  /**
   * Keeps an entry in the tiers above `below`, unless it was invalidated since they were asked. Farthest first: what is near is a
   * copy.
   *
   * @param once among whom it was loaded; undefined for what was found
   * @returns where it is fetched from from now on
   */
  async fill(
    key: string,
    entry: Entry,
    marks: Marks,
    origin: Origin,
    below: number,
    once?: Once,
  ): Promise<Origin> {
    const bytes = bytesOf(entry);
    const { staleAt } = entry;
    let next = origin;
    for (let at = below - 1; at >= 0; at--) {
      const tier = this.tiers[at]!;
      const mark = marks[at];
      if (mark === undefined) continue;
      const isAwaited = once !== undefined && next === origin && isAsked(tier, once);
      const isWanted =
        entry.only !== undefined || this.#keeps(tier, next, { key, bytes, staleAt, isAwaited });
      if (!isWanted && !isAwaited) continue;
      const isKept = await tier.write(key, isWanted ? entry : forWaiters(entry), mark);
      if (isKept && isWanted) next = new TierOrigin(tier, bytes);
    }
    return next;
  }

  /**
   * Keeps a value that was set, in the place of what was there. Without an entry there is only nothing in that place.
   *
   * @returns where it is fetched from from now on
   */
  async replace(key: string, entry: Entry | undefined): Promise<Origin> {
    const bytes = entry === undefined ? 0 : bytesOf(entry);
    let next: Origin = { fetchMs: Number.POSITIVE_INFINITY, from: 'set' };
    for (const tier of this.tiers.toReversed()) {
      const isWanted =
        entry !== undefined &&
        this.#keeps(tier, next, { key, bytes, staleAt: entry.staleAt, isAwaited: false });
      const isKept = await tier.replace(key, isWanted ? entry : undefined);
      if (isKept) next = new TierOrigin(tier, bytes);
    }
    return next;
  }

  /** Farthest first, so that nobody brings it back from there. */
  async everywhere(what: string, work: (tier: GuardedTier['tier']) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    for (const tier of this.tiers.toReversed())
      await tier.must(what, work).catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  async close(): Promise<void> {
    await Promise.all(this.tiers.map(({ tier }) => tier.close()));
  }

  #keeps(tier: GuardedTier, { fetchMs, from }: Origin, entry: Omit<PlacedEntry, keyof Origin>): boolean {
    const keeps = this.#policy.keeps(tier, { ...entry, fetchMs, from });
    if (!keeps) tier.decline();
    return keeps;
  }

  /** What a tier has heard holds for the copies in those that are nearer. */
  #passOn(invalidation: Invalidation, from: number): void {
    for (const tier of this.tiers.slice(0, from)) {
      tier.must('invalidation', (one) => apply(one, invalidation)).catch(() => {}); // it was counted, and told
    }
  }
}

/** A tier as an origin: guesses of what it takes get better while what was found there is kept. */
export class TierOrigin implements Origin {
  readonly #tier: GuardedTier;
  readonly #bytes: number;
  readonly #unpacking: ExpectedTime | undefined;

  /** @param unpacking what making a value of the bytes takes, where that is part of it */
  constructor(tier: GuardedTier, bytes: number, unpacking?: ExpectedTime) {
    this.#tier = tier;
    this.#bytes = bytes;
    this.#unpacking = unpacking;
  }

  get from(): string {
    return this.#tier.name;
  }

  get fetchMs(): number {
    return this.#tier.reading.expect(this.#bytes) + (this.#unpacking?.expect(this.#bytes) ?? 0);
  }
}

/** An entry for those only who wait for the load that made it. */
function forWaiters(entry: Entry): Entry {
  const { madeAt } = entry;
  return { ...entry, staleAt: madeAt, expiresAt: Date.now() + HANDED_MS, only: 'waiters' };
}

function apply(tier: GuardedTier['tier'], invalidation: Invalidation): Promise<void> {
  switch (invalidation.kind) {
    case 'key':
      return tier.delete(invalidation.key);
    case 'tag':
      return tier.invalidate(invalidation.tag);
    case 'all':
      return tier.clear();
    default:
      return assertNever(invalidation);
  }
}

function assertNever(value: never): never {
  throw new TypeError(`no such invalidation: ${JSON.stringify(value)}`);
}
