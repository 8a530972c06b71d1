export type { BodyChunk, BodyInput } from './body.ts';
export type { FsConfig, MemoryConfig, StorageConfig } from './config.ts';
export type {
  Body,
  DriverGet,
  DriverList,
  DriverObject,
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
  PutOptions,
  PutResult,
  WaitOptions,
  WithInfo,
} from './storage.ts';
export { Storage } from './storage.ts';
