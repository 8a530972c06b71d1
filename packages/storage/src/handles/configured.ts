import { type StorageSections, storageInSections, storageSections } from '../config/sections.ts';
import type { StorageConfig } from '../config.ts';
import { Storage } from '../storage.ts';
import { callPlace } from './call-place.ts';
import { sharedStorage } from './shared.ts';

/** Kept out of reach of bundlers: functions would take it along, and in a call the configuration is that of the executor. */
const CONFIG = '@skein/config';

/** The configured one, else the user's own in the system's temporary folder; one a process, for as long as it is used. */
export async function configuredStorage(): Promise<Storage> {
  const made = new Storage(callPlace() === undefined ? await configured() : undefined);
  return made.config === undefined ? made : sharedStorage(made.config, () => made);
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
