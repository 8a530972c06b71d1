/** How the objects of this package travel: each is made of handles of shared objects, and some data. */
import {
  type Json,
  type Portable,
  type PortableClass,
  portable,
  type Reach,
  registerPortable,
  type Site,
} from '@skein/codec';
import { ProcessError } from './errors.ts';

type HandleClass<H extends object> = abstract new (...args: never[]) => H;

/** What an object consists of: it is made again from the same. */
export interface Parts<H extends readonly object[], D extends Json> {
  readonly handles: H;
  readonly data: D;
}

/**
 * Makes objects of a class travel.
 *
 * @param name by which processes tell each other the class: bundlers rename classes
 * @param Classes of the handles that it stands on
 * @param make from the same handles and data, elsewhere
 */
export function travels<T extends object, const H extends readonly object[], const D extends Json>(
  name: string,
  Class: abstract new (...args: never[]) => T,
  Classes: { readonly [K in keyof H]: HandleClass<H[K] & object> },
  partsOf: (object: T) => Parts<H, D>,
  make: (handles: H, data: D) => T,
  /** One of them, where it costs something to have them. */
  place: (object: T) => object = (object) => partsOf(object).handles[0]!,
): void {
  const descriptors = (Classes as readonly HandleClass<object>[]).map(descriptorOf);
  const descriptor: Portable<T, { readonly handles: readonly Json[]; readonly data: D }> = {
    type: typeOf(name),
    module: '@skein/multiprocessing/handles',
    from: import.meta.url,
    // All are of one program, and at the same place.
    reach: (object) => reachOf(descriptors[0]!, place(object)),
    dehydrate(object) {
      const { handles, data } = partsOf(object);
      return { handles: handles.map((handle, i) => descriptors[i]!.dehydrate(handle)), data };
    },
    revive: ({ handles, data }, site: Site) =>
      make(handles.map((state, i) => descriptors[i]!.revive(state, site)) as unknown as H, data),
  };
  Object.defineProperty(Class, portable, { value: descriptor });
  registerPortable(Class as unknown as PortableClass);
}

/** Makes objects of a class refuse to travel, with the path to them: what they hold is of the process that has made them. */
export function staysHere(name: string, Class: abstract new (...args: never[]) => object): void {
  const never = (): never => {
    throw new ProcessError('bad-argument', `a ${name} is of the process that has made it, and cannot travel`);
  };
  const descriptor: Portable<object, null> = {
    type: typeOf(name),
    module: '@skein/multiprocessing',
    reach: 'process',
    dehydrate: never,
    revive: never,
  };
  Object.defineProperty(Class, portable, { value: descriptor });
}

function typeOf(name: string): string {
  return `multiprocessing:${name}@1`;
}

/** How the handles of a class travel. */
function descriptorOf(Class: HandleClass<object>): Portable<object, Json> {
  return (Class as unknown as { readonly [portable]: Portable<object, Json> })[portable];
}

function reachOf({ reach }: Portable<object, Json>, handle: object): Reach {
  return typeof reach === 'function' ? reach(handle) : reach;
}
