export { type CachedOptions, cached } from './cached.ts';
export { CloudObject, type ObjectVersion } from './cloud-object.ts';
export { type CleanOptions, clean, collect, type SweptScope, sweep } from './collect.ts';
export { CloudObjectError, type CloudObjectErrorCode, CloudObjectGoneError } from './errors.ts';
export type { ByteSource, Format, Stored } from './format.ts';
export type { About } from './keys.ts';
export {
  type CloudObjectOptions,
  cloudObject,
  deleteCloudObjects,
  findCloudObject,
  getCloudObject,
  putCloudObject,
} from './put.ts';
export type { Scope, ScopeOptions } from './scope.ts';
export { type StatefulOptions, stateful } from './stateful.ts';
export type { Removed } from './temporary/remove-tree.ts';
