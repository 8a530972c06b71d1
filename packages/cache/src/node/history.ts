/** What a log says, so far: what is invalid since when, and how many bytes there are. */
import type { Invalidation } from '../tier.ts';
import type { LogRecord } from './log-record.ts';

type Named = 'key' | 'tag';

/** Of names that are remembered when a log is begun anew: keys are only needed for loads under way, tags for entries at rest. */
const KEPT = { key: 500, tag: 2_000 } as const;

export class History {
  readonly #heard: (invalidation: Invalidation) => void;
  /** The position of the last invalidation, by name. */
  readonly #last = { key: new Map<string, number>(), tag: new Map<string, number>() };
  readonly #floor = { key: 0, tag: 0 };
  #all = 0;
  /** How far this process has read, and heard. */
  #position = 0;
  #used = 0;
  #reserved = 0;
  #reservedThen = 0;

  constructor(heard: (invalidation: Invalidation) => void) {
    this.#heard = heard;
  }

  get position(): number {
    return this.#position;
  }

  /** Of entries and of what is about to be written: never too few. */
  get bytes(): number {
    return this.#used + this.#reserved - this.#reservedThen;
  }

  /** In this log, since its beginning. */
  get reserved(): number {
    return this.#reserved;
  }

  /** @param isOwn it was said by this process, which does not hear it again */
  apply(record: LogRecord | undefined, position: number, isOwn: boolean): void {
    switch (record?.[0]) {
      case 'key':
      case 'tag':
        this.#invalidate(record[0], record[1], position, isOwn);
        break;
      case 'kept':
        this.#invalidate(record[1], record[2], record[3], false);
        break;
      case 'reserve':
        this.#reserved += record[1];
        break;
      case 'usage':
        this.#used = record[1];
        this.#reservedThen = record[2];
        break;
      case 'floor':
        this.#raise(record[1], record[2]);
        break;
      case 'begin':
      case 'seal':
        break;
      case 'all':
        this.#invalidateAll(record[1] ?? position, isOwn && record[1] === undefined);
        break;
      default:
        this.#invalidateAll(position, false); // a damaged line may have said anything
    }
  }

  /** Everything up to there was applied. What lies before it is no news when it is met again. */
  reached(position: number): void {
    this.#position = position;
  }

  /** Positions begin anew: nothing of what was known holds. */
  forget(): void {
    this.#position = 0;
    this.#all = 0;
    for (const of of ['key', 'tag'] as const) {
      this.#last[of].clear();
      this.#floor[of] = 0;
    }
  }

  /** Another log begins, in which bytes are counted anew. */
  begin(): void {
    this.#used = 0;
    this.#reserved = 0;
    this.#reservedThen = 0;
  }

  /** Whether an entry that was loaded after `mark` may be served. */
  isValid(key: string, tags: readonly string[], mark: number): boolean {
    // A mark of positions that are not reached yet is of a log that was removed.
    if (mark > this.#position || mark < this.#all || (this.#last.key.get(key) ?? 0) > mark) return false;
    if (tags.length === 0) return true;
    if (mark < this.#floor.tag) return false;
    return tags.every((tag) => (this.#last.tag.get(tag) ?? 0) <= mark);
  }

  /** Whether it is still known what was invalidated since. An entry at rest was held against what is not when that was forgotten. */
  remembers(mark: number): boolean {
    return mark >= this.#floor.key;
  }

  /** What the next log begins with, and which invalidations of keys it leaves out. */
  fold(): { readonly records: readonly LogRecord[]; readonly forgotten: ReadonlyMap<string, number> } {
    const records: LogRecord[] = [];
    if (this.#all > 0) records.push(['all', this.#all]);
    let forgotten = new Map<string, number>();
    for (const of of ['key', 'tag'] as const) {
      const newestFirst = [...this.#last[of]].sort(([, a], [, b]) => b - a);
      const dropped = newestFirst.slice(KEPT[of]);
      if (of === 'key') forgotten = new Map(dropped);
      const floor = Math.max(dropped[0]?.[1] ?? 0, this.#floor[of]);
      if (floor > 0) records.push(['floor', of, floor]);
      for (const [name, position] of newestFirst.slice(0, KEPT[of]))
        records.push(['kept', of, name, position]);
    }
    records.push(['usage', this.bytes, 0]);
    return { records, forgotten };
  }

  #invalidate(of: Named, name: string, position: number, isOwn: boolean): void {
    const known = this.#last[of];
    if ((known.get(name) ?? 0) >= position) return;
    known.set(name, position);
    if (isOwn || position <= this.#position) return;
    this.#heard(of === 'key' ? { kind: of, key: name } : { kind: of, tag: name });
  }

  #invalidateAll(position: number, isOwn: boolean): void {
    if (position <= this.#all) return;
    this.#all = position;
    if (!isOwn && position > this.#position) this.#heard({ kind: 'all' });
  }

  #raise(of: Named, position: number): void {
    this.#floor[of] = Math.max(this.#floor[of], position);
    for (const [name, at] of this.#last[of]) if (at <= position) this.#last[of].delete(name);
    if (position > this.#position) this.#heard({ kind: 'all' });
  }
}
