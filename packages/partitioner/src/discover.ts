import type { DataObject } from './data-object.ts';
import { inBucket } from './discovery/in-bucket.ts';
import { inFiles } from './discovery/in-files.ts';
import { inWeb } from './discovery/in-web.ts';
import { type BucketPlace, type Inputs, LIST, type Place, placesOf } from './discovery/input.ts';
import { concatInOrder } from './in-order.ts';
import { checkOptions, type DiscoverOptions } from './options.ts';
import { InputStorage } from './storages.ts';

/** Inputs that are looked at together, each by a request. */
const WIDTH = 32;

/**
 * Finds what inputs name: objects by listing or HEAD, files, URLs by HEAD. They come in the order of the inputs, and while a
 * listing still goes on; several inputs are looked at together.
 *
 * @throws {PartitionError} `bad-argument` at once, for inputs that can be read without waiting. From the iteration `no-match`,
 *   for an input that names nothing, and `unreadable`
 */
export function discover(inputs: Inputs, options: DiscoverOptions = {}): AsyncIterable<DataObject> {
  checkOptions(options, ['storage', 'signal']);
  return one(found(placesOf(inputs), new InputStorage(options.storage), options.signal));
}

async function* one(
  lists: AsyncIterable<readonly DataObject[]>,
): AsyncGenerator<DataObject, void, undefined> {
  for await (const list of lists) yield* list;
}

/** The objects at places that are known, in lists. */
export async function* found(
  places: readonly Place[] | AsyncIterable<Place>,
  storage: InputStorage,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly DataObject[], void, undefined> {
  // Whoever has seen enough does not wait for requests that are under way.
  const enough = new AbortController();
  const either = signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]);
  async function* sources(): AsyncGenerator<AsyncIterable<readonly DataObject[]>, void, undefined> {
    let known: DataObject[] = [];
    for await (const place of places) {
      if (place.kind === 'known' && known.push(place.object) < LIST) continue;
      if (known.length > 0) yield just(known);
      known = [];
      if (place.kind !== 'known') yield objectsAt(place, storage, either);
    }
    if (known.length > 0) yield just(known);
  }
  yield* concatInOrder(sources(), WIDTH, () => enough.abort());
}

async function* just<T>(value: T): AsyncGenerator<T, void, undefined> {
  yield value;
}

async function* objectsAt(
  place: Exclude<Place, { readonly kind: 'known' }>,
  storage: InputStorage,
  signal: AbortSignal,
): AsyncGenerator<readonly DataObject[], void, undefined> {
  switch (place.kind) {
    case 'url':
      yield [await inWeb(place.address, signal)];
      return;
    case 'path':
      yield* inFiles(place.path, place.shown, signal);
      return;
    case 'bucket':
      yield* stored(place, storage, signal);
  }
}

async function* stored(
  place: BucketPlace,
  storages: InputStorage,
  signal: AbortSignal,
): AsyncGenerator<readonly DataObject[], void, undefined> {
  const { scheme, bucket } = place;
  if (scheme === undefined) return yield* inBucket(place, await storages.get(), signal);
  const { storage, store } = await storages.of(scheme, bucket);
  for await (const list of inBucket(place, storage, signal))
    yield store === undefined ? list : list.map((object) => ({ ...object, store }));
}
