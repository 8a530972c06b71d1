import type { MetricsTable } from './metrics.ts';
import type { PortableClass } from './portable.ts';
import type { OpenResource } from './resource.ts';
import type { Credentials, Site } from './site.ts';

/**
 * What must be one in a process, however many copies of this package are loaded (contract of handles, 4).
 * A later minor version may add fields, never change them.
 */
export interface CodecState {
  /** Handle classes by `type`. */
  readonly portables: Map<string, PortableClass>;
  /** Registered classes by name, and back. */
  readonly classes: Map<string, Function>;
  readonly classNames: Map<Function, string>;
  /** Names of classes that others have replaced, while anybody has those. Made by the first that is replaced. */
  formerNames?: WeakMap<Function, string>;
  /** What is open, by key. */
  readonly resources: Map<string, OpenResource>;
  /** What stands for a Proxy, which cannot be looked into. */
  readonly standIns: WeakMap<object, object>;
  /** The site of handles that are decoded without one. */
  site: Site | undefined;
  /** Given in code, by service and address. Made by the first that is given. */
  credentials?: Map<string, Credentials>;
  /** Made by the first that counts or asks. */
  metrics?: MetricsTable;
}

const KEY = Symbol.for('skein.codec@1');

/** On `process`, not `globalThis`: test runners give every file a global object of its own. */
export function codecState(): CodecState {
  const slots = process as unknown as Record<symbol, CodecState | undefined>;
  const state = slots[KEY];
  if (state !== undefined) return state;
  const made: CodecState = {
    portables: new Map(),
    classes: new Map(),
    classNames: new Map(),
    resources: new Map(),
    standIns: new WeakMap(),
    site: undefined,
  };
  Object.defineProperty(process, KEY, { value: made });
  return made;
}
