import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reach } from '@skein/codec';
import { KINDS } from './config/kinds.ts';
import type { PortableConfig, StorageDriver } from './driver.ts';
import { badArgument, describe, StorageError } from './errors.ts';
import type { FsOptions } from './fs/options.ts';
import type { NetworkOptions } from './network/kind.ts';
import { networkTarget, optionsOfAddress } from './network/target.ts';
import { processState } from './process-state.ts';

/** The `memory` store of this process that has this name. */
export interface MemoryConfig {
  readonly kind: 'memory';
  /** @default 'default' */
  readonly name?: string | undefined;
  /** Identifies the store that a handle was made from; never written by hand. */
  readonly origin?: string | undefined;
}

/** A directory of this host. */
export interface FsConfig extends FsOptions {
  readonly kind: 'fs';
}

/** A store in a network: its kind, and the options of that kind, such as `S3Options` of '@skein/storage/s3'. */
export interface NetworkConfig extends NetworkOptions {
  readonly kind: string;
  readonly [option: string]: unknown;
}

/** Which store: an address ('file:/path', 's3://bucket?region=…'), the same as an object, or a driver. */
export type StorageConfig = string | URL | FsConfig | MemoryConfig | NetworkConfig | StorageDriver;

/** A store that is known but not opened. */
export interface StorageTarget {
  readonly kind: string;
  readonly reach: Reach;
  /** What travels with a handle; undefined when the store cannot be opened elsewhere. */
  readonly config: PortableConfig | undefined;
  /** The bucket that the configuration names for Skein's own data. */
  readonly bucket?: string | undefined;
  open(): StorageDriver | Promise<StorageDriver>;
  /** Lets go of a driver that `open` gave. Without it the driver is closed. */
  release?(driver: StorageDriver): Promise<void>;
}

const EXPECTED =
  "an address such as 'file:/path' or 's3://bucket', { kind: 'fs', root } and the like, or a driver";

/** What `config` names; nothing is loaded or touched yet. Without one: `SKEIN_STORAGE`, else a directory of the user's own in the system's temporary one. */
export function resolveStorage(config?: StorageConfig | PortableConfig): StorageTarget {
  if (config === undefined) {
    const { SKEIN_STORAGE: variable } = process.env;
    if (variable) return parseAddress(variable, 'SKEIN_STORAGE');
    return fsTarget({ kind: 'fs', root: defaultRoot(), private: true });
  }
  if (typeof config === 'string') return parseAddress(config, 'a storage address');
  if (config instanceof URL) return parseAddress(config.href, 'a storage address');
  if (typeof config !== 'object' || config === null)
    throw badConfig('a storage configuration', EXPECTED, config);
  if ('put' in config && typeof config.put === 'function')
    return driverTarget(config as unknown as StorageDriver);
  switch (config.kind) {
    case 'fs':
      return fsTarget(config as unknown as FsConfig);
    case 'memory':
      return memoryTarget(config as unknown as MemoryConfig);
    default: {
      const kind = KINDS.find((one) => one.kind === config.kind);
      if (kind) return networkTarget(kind, { ...config });
      const known = ['fs', 'memory', ...KINDS.map((one) => one.kind)].map((name) => `'${name}'`).join(', ');
      throw badConfig('a storage configuration', `${EXPECTED}; kind is one of ${known}`, config.kind);
    }
  }
}

/** Where storage lives when nobody said: one directory a user, so that users of a machine neither meet nor read each other. */
export function defaultRoot(): string {
  return resolve(tmpdir(), `skein-${process.getuid?.() ?? 'user'}`);
}

function parseAddress(address: string, what: string): StorageTarget {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'file':
      return fsTarget({ kind: 'fs', root: filePath(address, what) });
    case 'memory':
      return memoryTarget({ kind: 'memory', name: address.slice('memory:'.length) || undefined });
    case undefined:
      throw badConfig(what, `${EXPECTED}; a path is written 'file:${address}'`, address);
    default: {
      const kind = KINDS.find((one) => one.schemes.includes(scheme));
      if (kind) return networkTarget(kind, optionsOfAddress(kind, address, what));
      const known = ['file', 'memory', ...KINDS.flatMap((one) => one.schemes)].map((name) => `'${name}:'`);
      throw badConfig(what, `${EXPECTED}; known schemes are ${known.join(', ')}`, withoutSecrets(address));
    }
  }
}

/** Of 'file:///a%20b' as a URL says, of 'file:/a b' and 'file:a/b' literally: the latter two are what people type. */
function filePath(address: string, what: string): string {
  const rest = address.slice('file:'.length);
  if (rest === '') throw badConfig(what, "a path after 'file:'", address);
  if (!rest.startsWith('//')) return rest;
  try {
    return fileURLToPath(address);
  } catch (cause) {
    throw new StorageError(
      'bad-config',
      `${what} must be a file URL of this host, not ${describe(address)}`,
      { cause },
    );
  }
}

function withoutSecrets(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//***@').replace(/\?.*$/s, '?…');
}

function fsTarget(config: FsConfig): StorageTarget {
  if (typeof config.root !== 'string' || config.root === '' || config.root.includes('\0')) {
    throw badConfig("root of { kind: 'fs', root }", 'the path of a directory', config.root);
  }
  for (const name of ['durable', 'private'] as const) {
    const value = config[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw badConfig(`${name} of { kind: 'fs' }`, 'true or false', value);
  }
  const { syncBytes } = config;
  if (syncBytes !== undefined && !(typeof syncBytes === 'number' && syncBytes >= 0)) {
    throw badConfig("syncBytes of { kind: 'fs' }", 'a number of bytes', syncBytes);
  }
  refuseUnknown(config, ['kind', 'root', 'durable', 'private', 'syncBytes']);
  const absolute: FsConfig = { ...config, root: resolve(config.root) };
  return {
    kind: 'fs',
    reach: 'host',
    config: fsConfig(absolute),
    open: async () => (await import('./fs.ts')).fsDriver(absolute),
  };
}

/** The options of an `fs` store that were given, as JSON. */
export function fsConfig({ root, durable, private: own, syncBytes }: FsOptions): PortableConfig {
  return {
    kind: 'fs',
    root,
    ...(durable !== undefined && { durable }),
    ...(own !== undefined && { private: own }),
    ...(syncBytes !== undefined && { syncBytes }),
  };
}

function memoryTarget(config: MemoryConfig): StorageTarget {
  const { name = 'default', origin } = config;
  if (typeof name !== 'string') throw badConfig("name of { kind: 'memory' }", 'a string', name);
  refuseUnknown(config, ['kind', 'name', 'origin']);
  const here = processState().origin;
  if (origin !== undefined && origin !== here) {
    throw new StorageError(
      'unsupported',
      `the memory storage ${describe(name)} lives in another process or thread (${origin}); this is ${here}. Use 'file:…' for what is shared`,
    );
  }
  return {
    kind: 'memory',
    reach: 'process',
    config: { kind: 'memory', name, origin: here },
    open: async () => (await import('./memory.ts')).memoryDriver({ name }),
  };
}

function driverTarget(driver: StorageDriver): StorageTarget {
  for (const method of [
    'put',
    'get',
    'head',
    'delete',
    'list',
    'createBucket',
    'headBucket',
    'deleteBucket',
  ] as const) {
    if (typeof driver[method] !== 'function')
      throw badConfig(`${method} of a storage driver`, 'a function', driver[method]);
  }
  if (!(driver.capabilities instanceof Set))
    throw badConfig('capabilities of a storage driver', 'a Set', driver.capabilities);
  return { kind: driver.kind, reach: driver.reach, config: driver.config, open: () => driver };
}

function refuseUnknown(config: object, known: readonly string[]): void {
  for (const name of Object.keys(config)) {
    if (!known.includes(name)) {
      throw badConfig('a storage configuration', `made of ${known.join(', ')}`, name);
    }
  }
}

function badConfig(what: string, expected: string, came: unknown): StorageError {
  return new StorageError('bad-config', badArgument(what, expected, came).message);
}
