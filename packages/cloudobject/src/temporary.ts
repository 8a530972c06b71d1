/** Temporary data of a program: whose it is, whether that one lives, and how it is removed. For those who keep such data. */
export type { Marker } from './temporary/marker.ts';
export { keepMarked, markerKey, RENEW_MS, readMarker } from './temporary/marker.ts';
export type { ProcessIdentity } from './temporary/process-identity.ts';
export { isAlive, ownIdentity, parseIdentity } from './temporary/process-identity.ts';
export type { Removed, RemoveOptions } from './temporary/remove-tree.ts';
export { removeTree } from './temporary/remove-tree.ts';
