/** Which storage is meant: that of the call that runs, the configured one, or the one that a handle was made with. */
import { type CallPlace, type Json, type Portable, portable, processSite, type Site } from '@skein/codec';
import {
  Storage,
  type StorageConfig,
  type StorageSections,
  storageInSections,
  storageSections,
} from '@skein/storage';
import { processState } from './process-state.ts';

/** Where the call keeps things that runs in this process now; undefined outside of calls. */
export function callPlace(): (CallPlace & { readonly storage: Storage }) | undefined {
  const place = processSite().call?.place;
  return place as (CallPlace & { readonly storage: Storage }) | undefined;
}

/** The storage that an option names: one of any copy of the package, or how to open one. */
export function openStorage(named: Storage | StorageConfig): Storage {
  return isStorage(named) ? named : new Storage(named);
}

function isStorage(value: Storage | StorageConfig): value is Storage {
  return typeof value === 'object' && 'putObject' in value && typeof value.putObject === 'function';
}

/** Kept out of reach of bundlers: functions would take it along, and in a call the configuration is that of the executor. */
const CONFIG = '@skein/config';

/** The configured one, else the user's own in the system's temporary folder; one a process, for as long as it is used. */
export async function configuredStorage(): Promise<Storage> {
  const made = new Storage(callPlace() === undefined ? await configured() : undefined);
  return made.config === undefined ? made : shared(JSON.stringify(made.config), () => made);
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

/** All handles of one storage share one: a thousand of them are not to open a thousand clients. */
export function reviveStorage(state: Json, site: Site): Storage {
  return shared(JSON.stringify(state), () => STORAGE.revive(state, site));
}

function shared(key: string, make: () => Storage): Storage {
  const { storages } = processState();
  const known = storages.get(key)?.deref();
  if (known !== undefined) return known;
  const made = make();
  storages.set(key, new WeakRef(made));
  return made;
}

/** By which two storages are the same one, as far as that can be said. */
export function storageId(storage: Storage): string {
  if (storage.config !== undefined) return JSON.stringify(storage.config);
  const { anonymous } = processState();
  let id = anonymous.get(storage);
  if (id === undefined) {
    id = `storage ${processState().things++}`;
    anonymous.set(storage, id);
  }
  return id;
}
