// Values and handles to bytes and back.
export {
  type DecodedAll,
  decodeAll,
  type EncodeAllOptions,
  type EncodedAll,
  encodeAll,
  type ItemFailure,
} from './chunk.ts';
export { registerClass } from './classes.ts';
export {
  accountAddress,
  CREDENTIALS_VARIABLE,
  credentialsForWorkers,
  giveCredentials,
  takeCredentials,
} from './credentials.ts';
export { type DecodeOptions, decode } from './decode.ts';
export { type EncodeOptions, encode } from './encode.ts';
export type { Encoded } from './encoded.ts';
export {
  CaptureError,
  type CaptureErrorCode,
  CodecError,
  type CodecErrorCode,
  HandleError,
  type HandleErrorCode,
} from './errors.ts';
export { knowByName } from './errors-by-name.ts';
export type { FunctionDecoder, FunctionEncoder, FunctionNode } from './functions.ts';
// How functions travel: for @skein/closure.
export { intrinsicName } from './intrinsics.ts';
export {
  type Metrics,
  MetricsReader,
  type MetricsSource,
  MetricsSum,
  type NamedMetrics,
  registerMetrics,
} from './metrics.ts';
export { crumbs, MapKey, type Path, type PathKey, propertyCrumb } from './path.ts';
export {
  homeOf,
  type Json,
  type Portable,
  type PortableClass,
  portable,
  type Reach,
  registerPortable,
  travelsAs,
} from './portable.ts';
export { type PrepareOptions, prepare } from './prepare.ts';
export type { Resource } from './resource.ts';
export {
  type CallPlace,
  type Credentials,
  createSite,
  processSite,
  type Site,
  type SiteCall,
  type SiteOptions,
  setProcessSite,
} from './site.ts';
