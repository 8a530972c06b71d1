/** All handles of one storage share one: a thousand of them are not to open a thousand clients. */
import { type Json, type Portable, portable, type Site } from '@skein/codec';
import type { PortableConfig } from '../driver.ts';
import { processState } from '../process-state.ts';
import { Storage } from '../storage.ts';

/** How storages travel, for handles that have one. */
const STORAGE = (Storage as unknown as { readonly [portable]: Portable<Storage, Json> })[portable];

export function dehydrateStorage(storage: Storage): Json {
  return STORAGE.dehydrate(storage);
}

export function reviveStorage(state: Json, site: Site): Storage {
  return shared(JSON.stringify(state), () => STORAGE.revive(state, site));
}

/** The one of this configuration that is in use, else a new one. */
export function sharedStorage(
  config: PortableConfig,
  make: () => Storage = () => new Storage(config),
): Storage {
  return shared(JSON.stringify(config), make);
}

function shared(key: string, make: () => Storage): Storage {
  const state = processState();
  state.shared ??= new Map();
  const known = state.shared.get(key)?.deref();
  if (known !== undefined) return known as Storage; // of another copy of the package, it may be
  const made = make();
  state.shared.set(key, new WeakRef(made));
  return made;
}
