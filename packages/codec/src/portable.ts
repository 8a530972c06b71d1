import { HandleError } from './errors.ts';
import type { Site } from './site.ts';
import { codecState } from './state.ts';

/** The symbol by which a handle class is recognised, whichever copy of this package it was written against. */
export const portable: unique symbol = Symbol.for('skein.portable.1') as never;

/** What a handle's receiver must share with its maker: the process, the machine, or a network. */
export type Reach = 'process' | 'host' | 'network';

/** JSON, as `dehydrate` returns it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How the handles of a class travel: `static readonly [portable]: Portable<this> = { … }`. */
export interface Portable<T extends object = object, S extends Json = Json> {
  /** `<package>:<Class>@<major>`; the major changes when the state's meaning does. */
  readonly type: string;
  /** The specifier that defines the class and registers it when imported. */
  readonly module: string;
  /** `import.meta.url` of whoever says so: from there the specifier is found, if the user's program cannot find it. */
  readonly from?: string;
  /** From how far the handle can be used; a function when it depends on the handle. */
  readonly reach: Reach | ((handle: T) => Reach);
  /** Synchronous and pure; at most 16 KiB of JSON, no credentials. User info in URLs is removed for it. */
  dehydrate(handle: T): S;
  /** Synchronous, no I/O: the handle connects on first use. */
  revive(state: S, site: Site): T;
}

/** A class whose instances are handles. */
export interface PortableClass {
  readonly name: string;
  readonly prototype: object;
  // The parameters are the class's own: the registry holds classes of every handle type.
  readonly [portable]: Portable<never, never>;
}

const TYPE = /^[\w.-]+:[\w$]+@\d+$/;

/** Makes handles of `Class` revivable in this process; called by the module that defines it. */
export function registerPortable(Class: PortableClass): void {
  const descriptor = ownPortable(Class);
  if (descriptor === undefined) {
    throw new HandleError('bad-class', Class.name, `class ${Class.name} has no static [portable] of its own`);
  }
  // The last one wins: a copy loaded later (the bundle's, the agent's) is the one in use there.
  codecState().portables.set(descriptor.type, Class);
}

/**
 * Says that `proxy`, which the codec refuses to look into, travels as something else. The other side gets that: of a
 * handle what its class revives, so a class whose users hold proxies revives to one.
 */
export function travelsAs(proxy: object, standIn: object): void {
  codecState().standIns.set(proxy, standIn);
}

/** The class's own, checked descriptor; an inherited one describes another class. */
export function ownPortable(Class: object): Portable<object, Json> | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(Class, portable)?.value as
    | Portable<object, Json>
    | undefined;
  if (descriptor === undefined) return undefined;
  const { type, module, reach, dehydrate, revive } = descriptor;
  const name = (Class as { name?: unknown }).name;
  const wrong =
    typeof type !== 'string' || !TYPE.test(type)
      ? `type must be '<package>:<Class>@<major>', got ${String(type)}`
      : typeof module !== 'string' || module === ''
        ? `module must be the specifier that defines the class, got ${String(module)}`
        : typeof reach !== 'function' && !isReach(reach)
          ? `reach must be 'process', 'host', 'network' or a function, got ${String(reach)}`
          : typeof dehydrate !== 'function' || typeof revive !== 'function'
            ? 'dehydrate and revive must be functions'
            : undefined;
  if (wrong !== undefined) {
    throw new HandleError('bad-class', String(type), `static [portable] of class ${String(name)}: ${wrong}`);
  }
  return descriptor;
}

/** How the handles of a class travel, where `fn` is a class that is registered for them. */
export function handleTypeOf(fn: Function): { readonly type: string; readonly module: string } | undefined {
  const descriptor = Object.hasOwn(fn, portable) ? ownPortable(fn) : undefined;
  return descriptor !== undefined && (codecState().portables.get(descriptor.type) as unknown) === fn
    ? descriptor
    : undefined;
}

/** From where the module of handles is found, as far as a class of this process says it. */
export function homeOf(module: string): string | undefined {
  for (const Class of codecState().portables.values()) {
    const descriptor = Class[portable];
    if (descriptor.module === module && descriptor.from !== undefined) return descriptor.from;
  }
  return undefined;
}

/** The descriptor of the registered class of a type. */
export function portableOf(type: string): Portable<object, Json> {
  return handleClassOf(type)[portable] as unknown as Portable<object, Json>;
}

/** The registered class of a type; the error names the version that is asked for and those that are known. */
export function handleClassOf(type: string): PortableClass {
  const { portables } = codecState();
  const found = portables.get(type);
  if (found !== undefined) return found;
  const family = `${type.split('@')[0]}@`;
  const others = [...portables.keys()].filter((known) => known.startsWith(family));
  throw others.length > 0
    ? new HandleError(
        'unknown-version',
        type,
        `the message holds a handle of type ${type}, this process knows ${others.join(', ')}: ` +
          'run the same major version of the package on both sides',
      )
    : new HandleError(
        'unknown-type',
        type,
        `the message holds a handle of type ${type}, which is not registered in this process: ` +
          'await prepare(bytes) before decode(bytes), or import the module that defines it',
      );
}

/** Narrower reaches are smaller. */
const WIDTH: Readonly<Record<Reach, number>> = { process: 0, host: 1, network: 2 };

/** Whether a handle of reach `handle` works for a receiver that shares `receiver`. */
export function reaches(handle: Reach, receiver: Reach): boolean {
  return WIDTH[handle] >= WIDTH[receiver];
}

/** The narrower of two reaches. */
export function narrower(a: Reach, b: Reach): Reach {
  return WIDTH[a] < WIDTH[b] ? a : b;
}

/** Whether a string is a reach. */
export function isReach(value: unknown): value is Reach {
  return value === 'process' || value === 'host' || value === 'network';
}
