import { badArgument } from '../errors.ts';
import { DEFAULT_BYTES } from '../options.ts';
import { bytesOf, unknownName } from '../sizes.ts';

/** How many small parts share a call. */
export interface CoalesceOptions {
  /** How large groups are at most, bytes or text such as '64MiB'. @default that of the parts, else '64MiB' */
  readonly bytes?: number | string;
  /**
   * What it costs to open an object, in bytes that could be read in that time; a group's costs count among its bytes. So
   * groups have at most `bytes / openCost` parts. After Spark's `spark.sql.files.openCostInBytes`. @default '1MiB'
   */
  readonly openCost?: number | string;
}

/** {@link CoalesceOptions}, checked, with their defaults. */
export interface Coalescing {
  readonly bytes: number;
  readonly openCost: number;
}

const DEFAULT_OPEN_COST = 2 ** 20;
const KNOWN = ['bytes', 'openCost'];

/** @throws {PartitionError} `bad-argument` */
export function resolveCoalesce(options: CoalesceOptions, bytesOfParts: number | undefined): Coalescing {
  if (typeof options !== 'object' || options === null)
    throw badArgument('the options of coalesce', `an object of ${KNOWN.join(', ')}`, options);
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name)) throw unknownName('the option', name, KNOWN);
  }
  const { bytes, openCost } = options;
  return {
    bytes: bytes === undefined ? (bytesOfParts ?? DEFAULT_BYTES) : bytesOf('bytes', bytes),
    openCost: openCost === undefined ? DEFAULT_OPEN_COST : bytesOf('openCost', openCost),
  };
}

/** What is put together: of unknown size it stays alone. */
interface Sized {
  readonly size: number | undefined;
}

/**
 * Puts neighbours together as they come, as many as fit ("next fit"): their order stays, nothing waits for what comes later
 * than the one that does not fit any more, and no two groups that follow each other would fit into one.
 */
export class Coalescer<T extends Sized> {
  readonly #terms: Coalescing;
  #group: T[] = [];
  #cost = 0;

  constructor(terms: Coalescing) {
    this.#terms = terms;
  }

  /** Takes the next one; gives the group that had no room for it, if there was one. */
  add(item: T): readonly T[] | undefined {
    const { bytes, openCost } = this.#terms;
    const cost = (item.size ?? Number.POSITIVE_INFINITY) + openCost;
    const full = this.#group.length > 0 && this.#cost + cost > bytes ? this.end() : undefined;
    this.#group.push(item);
    this.#cost += cost;
    return full;
  }

  /** No more will come: the last group, if there is one. */
  end(): readonly T[] | undefined {
    const group = this.#group;
    this.#group = [];
    this.#cost = 0;
    return group.length === 0 ? undefined : group;
  }
}
