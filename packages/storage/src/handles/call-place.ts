import { type CallPlace, processSite } from '@skein/codec';
import type { Storage } from '../storage.ts';

/** Where the call keeps things that runs in this process now; undefined outside of calls. */
export function callPlace(): (CallPlace & { readonly storage: Storage }) | undefined {
  const place = processSite().call?.place;
  return place as (CallPlace & { readonly storage: Storage }) | undefined;
}
