/** Who lives at the North Pole, and the rules there. */

export const names = {
  reindeer: ['Dasher', 'Dancer', 'Prancer', 'Vixen', 'Comet', 'Cupid', 'Donner', 'Blitzen', 'Rudolph'],
  elves: ['Alva', 'Bo', 'Cilla', 'Dag', 'Elsa', 'Folke', 'Gry', 'Hedda', 'Ivar', 'Jorun'],
};
export type Kind = keyof typeof names;
/** How many come to Santa together. */
export const sizes: Readonly<Record<Kind, number>> = { reindeer: 9, elves: 3 };

/** A group that Santa has seen, and how many reindeer waited at that moment. */
export interface Visit {
  readonly kind: Kind;
  readonly who: readonly string[];
  readonly reindeerWaiting: number;
}

/** Who waits for Santa, and who is with him. Its methods run where it is, one at a time, and see to the rules. */
export class NorthPole {
  readonly #waiting: Record<Kind, string[]> = { reindeer: [], elves: [] };
  readonly #diary: Visit[] = [];
  readonly #inside = new Set<string>();

  /** Whether that makes a full group. */
  join(kind: Kind, who: string): boolean {
    const group = this.#waiting[kind];
    if (group.length === sizes[kind]) throw new Error(`${who} is one too many for the ${kind}`);
    return group.push(who) === sizes[kind];
  }

  /** Whom Santa has been woken for. */
  next(): Kind {
    const kind = this.#waiting.reindeer.length === sizes.reindeer ? 'reindeer' : 'elves';
    const who = this.#waiting[kind];
    if (who.length < sizes[kind] || this.#inside.size > 0) throw new Error('Santa is woken for nothing');
    this.#diary.push({ kind, who, reindeerWaiting: this.#waiting.reindeer.length });
    this.#waiting[kind] = [];
    return kind;
  }

  enter(who: string): void {
    if (this.#diary.at(-1)?.who.includes(who) !== true) throw new Error(`nobody has called ${who}`);
    this.#inside.add(who);
  }

  leave(who: string): void {
    this.#inside.delete(who);
  }

  diary(): Visit[] {
    return this.#diary;
  }
}
