/** What is under way in this process: who comes meanwhile waits for the same. */
import type { Invalidation } from './tier.ts';

export interface Flight {
  readonly key: string;
  readonly tags: readonly string[];
  /** What it brings was invalidated meanwhile: it is good for those who asked before, and not kept. */
  isOver: boolean;
  /** Tags that were invalidated meanwhile, if any were: what it finds may have others than it asked for. */
  invalidTags: Set<string> | undefined;
}

/** Whether what a flight brings may be kept. */
export function isCurrent({ isOver, invalidTags }: Flight, tags: readonly string[]): boolean {
  return !isOver && (invalidTags === undefined || !tags.some((tag) => invalidTags.has(tag)));
}

/** `refresh`: a load in the background, of a value that is stale. `set` is joined by nobody. */
export type FlightKind = 'lookup' | 'load' | 'refresh' | 'set';

export class Flights {
  readonly #joinable = new Map<string, Promise<unknown>>();
  /** With those that can no longer be joined. */
  readonly #underWay = new Map<Flight, string>();

  /** The one that is under way, if it may be joined. */
  find<R>(kind: FlightKind, key: string): Promise<R> | undefined {
    return this.#joinable.get(`${kind} ${key}`) as Promise<R> | undefined;
  }

  start<R>(
    kind: FlightKind,
    key: string,
    tags: readonly string[],
    work: (flight: Flight) => Promise<R>,
  ): Promise<R> {
    const id = `${kind} ${key}`;
    const flight: Flight = { key, tags, isOver: false, invalidTags: undefined };
    this.#underWay.set(flight, id);
    const result = work(flight);
    this.#joinable.set(id, result);
    const land = (): void => {
      this.#underWay.delete(flight);
      if (this.#joinable.get(id) === result) this.#joinable.delete(id);
    };
    result.then(land, land);
    return result;
  }

  /** Whoever asks from now on does not get what was asked for before. */
  invalidate(invalidation: Invalidation): void {
    for (const [flight, id] of this.#underWay) {
      if (invalidation.kind === 'tag') {
        flight.invalidTags ??= new Set();
        flight.invalidTags.add(invalidation.tag);
      }
      if (flight.isOver || !concerns(invalidation, flight)) continue;
      flight.isOver = true;
      this.#joinable.delete(id);
    }
  }
}

function concerns(invalidation: Invalidation, { key, tags }: Flight): boolean {
  switch (invalidation.kind) {
    case 'key':
      return invalidation.key === key;
    case 'tag':
      return tags.includes(invalidation.tag);
    case 'all':
      return true;
    default:
      return assertNever(invalidation);
  }
}

function assertNever(value: never): never {
  throw new TypeError(`no such invalidation: ${JSON.stringify(value)}`);
}
