/** How handles of shared objects travel: an address, a name, and how the object is made by its first use. */
import { type Portable, type PortableClass, portable, registerPortable } from '@skein/codec';
import { parseAddress, reachOf } from '../client/address.ts';
import { clusterOfHandle } from '../client/cluster.ts';
import { leaseOf, leaseText } from '../lease.ts';
import { Reader } from '../value/reader.ts';
import { Packed, type Value } from '../value/value.ts';
import { Writer } from '../value/writer.ts';
import type { Place, SharedObject } from './shared-object.ts';

/**
 * What a handle takes along; besides, `config`: how it is made, values as on the wire, base64 (without it, its maker makes
 * it); and `lease`, if it goes with one.
 */
interface HandleState {
  readonly [key: string]: string;
  readonly url: string;
  readonly type: string;
  readonly key: string;
}

type HandleClass<H extends SharedObject> = { new (place: Place): H; readonly prototype: H };

/** What a class's handles take along besides, and how one is made of it. */
interface HandleTravel<H extends SharedObject> {
  readonly revive: (place: Place, state: Readonly<Record<string, string>>) => object;
  readonly more?: (handle: H) => Readonly<Record<string, string>>;
}

/** Configuration that is longer stays with the maker. */
const MAX_CONFIG_BYTES = 128;

/** Makes handles of a class travel. */
export function registerHandle<H extends SharedObject>(name: string, Class: HandleClass<H>): void;
export function registerHandle<H extends SharedObject>(
  name: string,
  Class: { readonly prototype: H },
  travel: HandleTravel<H>,
): void;
export function registerHandle<H extends SharedObject>(
  name: string,
  Class: { readonly prototype: H },
  { revive, more }: HandleTravel<H> = { revive: (place) => new (Class as HandleClass<H>)(place) },
): void {
  const descriptor: Portable<H, HandleState> = {
    type: `dso:${name}@1`,
    // Handles alone: a function that closes over one takes no server along.
    module: '@skein/dso/handles',
    from: import.meta.url,
    reach: (handle) => reachOf(handle.place.cluster.options.address),
    dehydrate(handle) {
      const { cluster, type, key, config, mode, lease } = handle.place;
      const made = mode === 'await' ? undefined : configText(config);
      return {
        url: cluster.url,
        type,
        key,
        ...(made === undefined ? {} : { config: made }),
        ...(lease === undefined ? {} : { lease: leaseText(lease) }),
        ...more?.(handle),
      };
    },
    revive(state, site) {
      const { url, type, key } = state;
      parseAddress(url);
      const { config: made, lease } = state;
      const place: Place = {
        cluster: clusterOfHandle(url, site),
        type,
        key,
        ...(made === undefined
          ? { config: [], mode: 'await' }
          : { config: new Reader(Buffer.from(made, 'base64'), false).values() }),
        site,
        lease: lease === undefined ? undefined : leaseOf(lease),
      };
      return revive(place, state) as H;
    },
  };
  Object.defineProperty(Class, portable, { value: descriptor });
  registerPortable(Class as unknown as PortableClass);
}

function configText(config: readonly Value[]): string | undefined {
  const writer = new Writer();
  writer.values(config);
  return writer.length > MAX_CONFIG_BYTES || config.some((value) => value instanceof Packed)
    ? undefined
    : Buffer.concat(writer.take()).toString('base64');
}
