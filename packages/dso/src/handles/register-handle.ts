/** How handles of shared objects travel: an address, a name, and how the object is made by its first use. */
import { type Portable, type PortableClass, portable, registerPortable } from '@skein/codec';
import { parseAddress, reachOf } from '../client/address.ts';
import { clusterOfHandle } from '../client/cluster.ts';
import { Reader } from '../value/reader.ts';
import { Packed, type Value } from '../value/value.ts';
import { Writer } from '../value/writer.ts';
import type { Place, SharedObject } from './shared-object.ts';

/** What a handle takes along; besides, `config`: how it is made, values as on the wire, base64. Without it, its maker makes it. */
interface HandleState {
  readonly [key: string]: string;
  readonly url: string;
  readonly type: string;
  readonly key: string;
}

type HandleClass<H extends SharedObject> = { new (place: Place): H; readonly prototype: H };

/** Configuration that is longer stays with the maker. */
const MAX_CONFIG_BYTES = 128;

/** Makes handles of a class travel. */
export function registerHandle<H extends SharedObject>(
  name: string,
  Class: HandleClass<H>,
  revive: (place: Place) => object = (place) => new Class(place),
): void {
  const descriptor: Portable<H, HandleState> = {
    type: `dso:${name}@1`,
    // Handles alone: a function that closes over one takes no server along.
    module: '@skein/dso/handles',
    reach: (handle) => reachOf(handle.place.cluster.options.address),
    dehydrate(handle) {
      const { cluster, type, key, config, mode } = handle.place;
      const made = mode === 'await' ? undefined : configText(config);
      return { url: cluster.url, type, key, ...(made === undefined ? {} : { config: made }) };
    },
    revive(state, site) {
      const { url, type, key } = state;
      parseAddress(url);
      const made = state['config'];
      const place: Place =
        made === undefined
          ? { cluster: clusterOfHandle(url, site), type, key, config: [], mode: 'await', site }
          : {
              cluster: clusterOfHandle(url, site),
              type,
              key,
              config: new Reader(Buffer.from(made, 'base64'), false).values(),
              site,
            };
      return revive(place) as H;
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
