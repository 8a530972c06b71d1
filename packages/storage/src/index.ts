export type { BodyChunk, BodyInput } from './body.ts';
export { type StorageSections, storageInSections, storageSections } from './config/sections.ts';
export type { FsConfig, MemoryConfig, NetworkConfig, StorageConfig } from './config.ts';
export type {
  Body,
  DriverGet,
  DriverList,
  DriverObject,
  DriverPresign,
  DriverPut,
  ListEntry,
  Metadata,
  ObjectEntry,
  ObjectInfo,
  PortableConfig,
  PrefixEntry,
  StorageCapability,
  StorageDriver,
} from './driver.ts';
export type { StorageErrorCode, StorageErrorDetails } from './errors.ts';
export {
  NoSuchBucketError,
  NoSuchKeyError,
  PreconditionFailedError,
  StorageError,
  UnsupportedCapabilityError,
} from './errors.ts';
export { foldPages } from './listing.ts';
export { compareKeys } from './names.ts';
export type { ByteRange, ResolvedRange } from './range.ts';
export { resolveRange } from './range.ts';
export type {
  GetOptions,
  ListOptions,
  ObjectPlace,
  PresignOptions,
  PutOptions,
  PutResult,
  WaitOptions,
  WithInfo,
} from './storage.ts';
export { Storage } from './storage.ts';
