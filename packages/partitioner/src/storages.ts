/** Which storage is meant: the one that is given, that of the call that runs, or the configured one. */
import { type Json, type Portable, portable, processSite, type Site } from '@skein/codec';
import {
  type PortableConfig,
  Storage,
  type StorageConfig,
  type StorageSections,
  storageInSections,
  storageSections,
} from '@skein/storage';
import { badArgument, masked } from './errors.ts';

/** The storage that an option names: one of any copy of the package, or how to open one. */
export function openStorage(named: Storage | StorageConfig): Storage {
  const isStorage = typeof named === 'object' && named !== null && 'putObject' in named;
  return isStorage ? (named as Storage) : new Storage(named as StorageConfig);
}

/** Kept out of reach of bundlers: functions would take it along, and in a call the configuration is that of the executor. */
const CONFIG = '@skein/config';

/** That of the call, else the configured one, else the user's own in the system's temporary folder. */
export async function defaultStorage(): Promise<Storage> {
  const place = processSite().call?.place;
  return place === undefined ? new Storage(await configured()) : (place.storage as Storage);
}

async function configured(): Promise<StorageConfig | undefined> {
  const { custom, resolveConfig } = (await import(CONFIG)) as typeof import('@skein/config');
  const storage = custom<StorageConfig>(
    "an address such as 'file:/path', or a storage configuration",
    (value) => (value as StorageConfig | null) ?? undefined,
  );
  const schema: { readonly storage: typeof storage } = { storage, ...storageSections };
  const { values } = await resolveConfig(schema, { foreign: 'all' });
  return storageInSections(values.storage, values as StorageSections);
}

/** How storages travel, for handles that have one. */
const STORAGE = (Storage as unknown as { readonly [portable]: Portable<Storage, Json> })[portable];

export function dehydrateStorage(storage: Storage): Json {
  return STORAGE.dehydrate(storage);
}

/** All partitions of one storage share one: a thousand of them are not to open a thousand clients. */
export function reviveStorage(state: Json, site: Site): Storage {
  return shared(JSON.stringify(state), () => STORAGE.revive(state, site));
}

/** The store that an object names itself. */
export function storageAt(config: PortableConfig): Storage {
  return shared(JSON.stringify(config), () => new Storage(config));
}

/** By configuration; one a process, however many copies of this package are loaded (contract of handles, 4). */
const KEY = Symbol.for('skein.partitioner.storages@1');

function shared(key: string, make: () => Storage): Storage {
  const slots = process as unknown as Record<symbol, Map<string, WeakRef<Storage>> | undefined>;
  slots[KEY] ??= new Map();
  const known = slots[KEY].get(key)?.deref();
  if (known !== undefined) return known;
  const made = make();
  slots[KEY].set(key, new WeakRef(made));
  return made;
}

/** Schemes whose addresses are of a bucket, 's3://bucket/key', and the kinds of stores that they are of. */
const BUCKET_SCHEMES: Readonly<Record<string, string>> = {
  s3: 's3',
  gs: 'gcs',
  gcs: 'gcs',
  oss: 'oss',
  cos: 'ibm-cos',
  swift: 'swift',
};

/** @throws {PartitionError} for a scheme whose addresses name no bucket first */
export function checkBucketScheme(scheme: string, input: string): void {
  if (Object.hasOwn(BUCKET_SCHEMES, scheme)) return;
  const known = ['https', 'http', 'file', ...Object.keys(BUCKET_SCHEMES)].map((one) => `${one}:`).join(', ');
  const expected = `a path, 'bucket/key', or an address that begins with one of ${known} (other stores are named by the option storage)`;
  throw badArgument('an input', expected, masked(input));
}

/** The storage of inputs that name none, asked for when the first one comes. */
export class InputStorage {
  readonly #given: Storage | undefined;
  #default: Promise<Storage> | undefined;

  constructor(given: Storage | StorageConfig | undefined) {
    this.#given = given === undefined ? undefined : openStorage(given);
  }

  async get(): Promise<Storage> {
    if (this.#given !== undefined) return this.#given;
    this.#default ??= defaultStorage();
    return this.#default;
  }

  /**
   * That of an address such as 's3://bucket/key': the one that was given, so that a program runs on another store by one
   * option; else the configured one if it is of that kind; else that kind as the environment sets it up, which is named
   * beside the objects found there.
   */
  async of(
    scheme: string,
    bucket: string,
  ): Promise<{ readonly storage: Storage; readonly store?: PortableConfig }> {
    const storage = await this.get();
    if (this.#given !== undefined || storage.kind === BUCKET_SCHEMES[scheme]) return { storage };
    const store = new Storage(`${scheme}://${bucket}`).config!;
    return { storage: storageAt(store), store };
  }
}
