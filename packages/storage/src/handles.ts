/** For packages whose handles are of things in a storage: which one is meant, and how it travels with them. */
export { callPlace } from './handles/call-place.ts';
export { configuredStorage } from './handles/configured.ts';
export { openStorage } from './handles/open.ts';
export { dehydrateStorage, reviveStorage, sharedStorage } from './handles/shared.ts';
