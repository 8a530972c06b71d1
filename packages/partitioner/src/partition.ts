import type { Storage } from '@skein/storage';
import { sharedStorage } from '@skein/storage/handles';
import type { DataObject } from './data-object.ts';
import { DataPartition } from './data-partition.ts';
import { found } from './discover.ts';
import { type Inputs, type Place, placesOf } from './discovery/input.ts';
import type { Cut } from './format/format.ts';
import { loadFormat, type Reading, readingOf } from './format/formats.ts';
import { checkHeeded } from './format/heeded.ts';
import { mapInOrder } from './in-order.ts';
import { type PartitionOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { openSource } from './source/open-source.ts';
import { InputStorage } from './storages.ts';

/** Lists of objects that are looked into together: the footers of some formats, the members of packed text. */
const WIDTH = 2;

/** An object, cut. */
export interface CutObject {
  readonly object: DataObject;
  readonly reading: Reading;
  readonly partitions: readonly DataPartition[];
  /** Why it is cut as it is, where that is not plain. */
  readonly note: string | undefined;
}

/**
 * Cuts objects where their records allow it. Partitions come in the order of the objects, and while these are still being
 * discovered.
 *
 * @param inputs what {@link discover} gives, or inputs of it
 * @throws {PartitionError} `bad-argument` at once; from the iteration also what discovering throws, and of formats whose cuts
 *   are written in the object `malformed`, `changed`, `gone` and `unreadable`; `unsupported`, of an option that a format must heed
 *   and cannot
 */
export function partition(inputs: Inputs, options: PartitionOptions = {}): AsyncIterable<DataPartition> {
  return partitionsOf(new Cutter(inputs, options));
}

export async function* partitionsOf(cutter: Cutter): AsyncGenerator<DataPartition, void, undefined> {
  for await (const list of cutter.cut()) for (const { partitions } of list) yield* partitions;
}

/** Inputs and options that have been checked. */
export class Cutter {
  readonly #places: readonly Place[] | AsyncIterable<Place>;
  readonly #options: ResolvedOptions;
  readonly #storage: InputStorage;
  readonly #signal: AbortSignal | undefined;

  /** @throws {PartitionError} `bad-argument`, before anything is looked at */
  constructor(inputs: Inputs, options: PartitionOptions) {
    this.#options = resolveOptions(options);
    this.#places = placesOf(inputs);
    this.#storage = new InputStorage(options.storage);
    this.#signal = options.signal;
  }

  /** How large parts are at most, where the options say it by bytes. */
  get bytes(): number | undefined {
    const { target } = this.#options;
    return 'bytes' in target ? target.bytes : undefined;
  }

  /** The objects in their order, in lists, each with all of its parts. */
  async *cut(): AsyncGenerator<readonly CutObject[], void, undefined> {
    const enough = new AbortController();
    const signal =
      this.#signal === undefined ? enough.signal : AbortSignal.any([this.#signal, enough.signal]);
    const objects = found(this.#places, this.#storage, signal);
    yield* mapInOrder(
      objects,
      (list) => Promise.all(list.map((object) => this.#cutOne(object, signal))),
      WIDTH,
      () => enough.abort(),
    );
  }

  async #cutOne(object: DataObject, signal: AbortSignal): Promise<CutObject> {
    const { target, read } = this.#options;
    const reading = readingOf(object, this.#options);
    checkHeeded(object, reading, read);
    const [format, storage] = await Promise.all([loadFormat(reading), this.#storageOf(object)]);
    const cuts = await format.cut(openSource(object, storage), target, read, signal);
    const { length: totalParts } = cuts;
    const partitions = cuts.map((cut, part) => {
      const own = cut.note === undefined ? cut : withoutNote(cut);
      return new DataPartition({ object, part, totalParts, cut: own, reading, options: read, storage });
    });
    return { object, reading, partitions, note: cuts[0]?.note };
  }

  async #storageOf(object: DataObject): Promise<Storage | undefined> {
    if (object.kind !== 'object') return undefined;
    return object.store === undefined ? this.#storage.get() : sharedStorage(object.store);
  }
}

function withoutNote({ note: _note, ...cut }: Cut): Cut {
  return cut;
}
