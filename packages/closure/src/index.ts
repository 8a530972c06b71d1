/** Ships functions with what they close over and import: `capture`, `bundle`, `load`; `pack` and `unpack` for any value. */
export { CaptureError, type CaptureErrorCode } from '@skein/codec';
export { bundle } from './bundle/bundle.ts';
export { hostConditions } from './bundle/conditions.ts';
export { BundleError, type BundleErrorCode, type BundleProblem } from './bundle/error.ts';
export { stopBundler } from './bundle/service.ts';
export { mapStack } from './bundle/stack.ts';
export type {
  Bundle,
  BundleOptions,
  External,
  FunctionBundle,
  ProvidedPackage,
  SourcePosition,
} from './bundle/types.ts';
export { type CapturedFunction, type CaptureOptions, capture, type EncodedArguments } from './capture.ts';
export type { CapturedCode, CapturedScript, CodeReference, EncodedSourceMap } from './captured-code.ts';
export {
  type CodeFile,
  type DecodeOptions,
  type ImportOptions,
  type LoadableCode,
  type LoadableFile,
  LoadError,
  type LoadErrorCode,
  LoadedCode,
  type LoadedFunctions,
  type LoadedValue,
  load,
  loadCode,
  unpack,
} from './load.ts';
export { type PackOptions, pack } from './pack.ts';
export { type RemoteFunction, remoteFunction } from './remote-function.ts';
export type { CaptureWarning } from './warnings.ts';
