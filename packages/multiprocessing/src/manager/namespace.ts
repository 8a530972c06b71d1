import { travelsAs } from '@skein/codec';
import { SharedMap } from '@skein/dso/handles';
import { collect } from '../collect.ts';
import { ProcessError } from '../errors.ts';
import { travels } from '../portable.ts';
import { make } from '../runtime.ts';

/** What a namespace can do besides having attributes. */
interface Attributes<T> {
  get<K extends keyof T & string>(name: K): Promise<T[K] | undefined>;
  set<K extends keyof T & string>(name: K, value: T[K]): Promise<void>;
  delete(name: keyof T & string): Promise<boolean>;
  /** What it has. */
  entries(): Promise<[string, unknown][]>;
}

/**
 * Attributes that processes share: `await namespace.x` reads one. An assignment could not be waited for, nor its failure
 * be told; so `await namespace.set('x', 1)` writes.
 */
export type Namespace<T extends object> = Attributes<T> & {
  readonly [K in keyof T]: Promise<T[K] | undefined>;
};

/** Any name for an attribute; those that are methods are read by {@link Attributes.get}. */
type AnyAttributes = Record<string, unknown>;

/** @internal The handle behind a namespace. */
export class SharedAttributes implements Attributes<AnyAttributes> {
  readonly shared: SharedMap<string, unknown>;

  constructor(shared: SharedMap<string, unknown>) {
    this.shared = shared;
  }

  get(name: string): Promise<unknown> {
    return this.shared.get(name);
  }

  set(name: string, value: unknown): Promise<void> {
    return this.shared.set(name, value);
  }

  delete(name: string): Promise<boolean> {
    return this.shared.delete(name);
  }

  entries(): Promise<[string, unknown][]> {
    return collect(this.shared.entries());
  }
}

/** Made by `manager.Namespace()`. @param shared internal: where it has travelled */
export function makeNamespace<T extends object = AnyAttributes>(
  shared?: SharedMap<string, unknown>,
): Namespace<T> {
  const attributes = new SharedAttributes(shared ?? make((dso, key) => dso.map(key)));
  const proxy = new Proxy(attributes, {
    get(target, name) {
      // A namespace is no promise, whatever asks whether it is.
      if (typeof name !== 'string' || name === 'then') return Reflect.get(target, name);
      const own = (target as unknown as Record<string, unknown>)[name];
      if (typeof own === 'function') return own.bind(target);
      return name === 'shared' ? own : target.get(name);
    },
    set(_target, name) {
      throw new ProcessError(
        'bad-argument',
        `an assignment to a shared attribute cannot be waited for: await namespace.set('${String(name)}', value)`,
      );
    },
    deleteProperty(_target, name) {
      throw new ProcessError('bad-argument', `await namespace.delete('${String(name)}')`);
    },
  });
  travelsAs(proxy, attributes);
  return proxy as unknown as Namespace<T>;
}

travels(
  'SharedAttributes',
  SharedAttributes,
  [SharedMap<string, unknown>],
  ({ shared }) => ({ handles: [shared], data: null }),
  // Whoever has it, has the proxy.
  ([handle]) => makeNamespace(handle) as unknown as SharedAttributes,
);
