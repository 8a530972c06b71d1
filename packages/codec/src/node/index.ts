// What Node lacks, and more than one package needs of it.
export {
  type ArrowLibrary,
  type ArrowTable,
  type ArrowTables,
  arrowTables,
  isArrowTable,
} from './arrow.ts';
export { type Account, DigestChallenge } from './digest.ts';
export { type OptionalPackages, optionalPackages } from './optional-package.ts';
export { isRunning, type ProcessPlace, processPlace, startOf } from './process-status.ts';
export { Sockets } from './sockets.ts';
