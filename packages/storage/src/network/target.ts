/** Any store in a network as it is known from its configuration: what of it travels, and what does not. */
import { accountAddress, type Credentials, giveCredentials, processSite, type Reach } from '@skein/codec';
import { ConfigError, checkConfig, type Schema, text } from '@skein/config';
import type { StorageTarget } from '../config.ts';
import type { PortableConfig, StorageDriver } from '../driver.ts';
import { checkBucket } from '../names.ts';
import { processState } from '../process-state.ts';
import type { NetworkKind, NetworkOptions, Opening } from './kind.ts';

type Given = Readonly<Record<string, unknown>>;

/** @throws {ConfigError} with everything that is wrong with it */
export function networkTarget(kind: NetworkKind, given: Given): StorageTarget {
  const schema: Schema = { kind: text(), account: text(), ...kind.schema };
  const { account: told, ...values } = checkConfig(schema, given) as Given & { readonly account?: string };
  const options = values as NetworkOptions;
  if (options.bucket !== undefined) checkBucket(options.bucket);
  kind.check?.(options);
  const address = kind.address(options);
  const [secrets, open] = divided(kind.schema, values);
  const account = Object.keys(secrets).length > 0 ? giveCredentials(kind.kind, address, secrets) : told;
  const portable = { ...open, kind: kind.kind, ...(account !== undefined && { account }) } as PortableConfig;
  return {
    kind: kind.kind,
    reach: reachOf(address),
    config: portable,
    bucket: options.bucket,
    ...sharedDriver(JSON.stringify([portable, account]), () => {
      const credentials = account === undefined ? undefined : credentialsOf(kind.kind, address, account);
      return kind.open({ ...options, ...credentials, portable } as Opening<NetworkOptions>);
    }),
  };
}

/** One driver, with its connections, for all handles of a store in this process: each call's brings another one. */
function sharedDriver(
  key: string,
  open: () => Promise<StorageDriver>,
): Required<Pick<StorageTarget, 'open' | 'release'>> {
  const state = processState();
  state.drivers ??= new Map();
  const { drivers } = state;
  return {
    async open() {
      let entry = drivers.get(key);
      if (entry === undefined) {
        entry = { driver: open(), users: 0 };
        drivers.set(key, entry);
      }
      entry.users++;
      try {
        return await entry.driver;
      } catch (error) {
        if (drivers.get(key) === entry) drivers.delete(key);
        throw error;
      }
    },
    async release(driver) {
      const entry = drivers.get(key);
      if (entry === undefined || (await entry.driver) !== driver || --entry.users > 0) return;
      drivers.delete(key);
      await driver.close?.();
    },
  };
}

/** What an address says, as options. Its query is read by the fields' own rules for text. */
export function optionsOfAddress(kind: NetworkKind, address: string, what: string): Given {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    // The text is not quoted: it may hold a password.
    throw addressError(what, `is no address of ${kind.kind} storage; one looks like '${kind.example}'`);
  }
  const query: Record<string, unknown> = {};
  for (const [name, written] of url.searchParams) {
    const field = Object.hasOwn(kind.schema, name) ? kind.schema[name] : undefined;
    // What is unknown goes on as it is, and is refused with all else that is wrong.
    query[name] = field?.kind === 'value' ? field.fromText(written) : written;
  }
  return { ...kind.fromUrl(url), ...query, kind: kind.kind };
}

function addressError(what: string, message: string): ConfigError {
  return new ConfigError([{ kind: 'wrong-value', path: '', source: what, message }]);
}

function divided(schema: Schema, values: Given): [secrets: Credentials, open: Given] {
  const isSecret = (name: string): boolean => {
    const field = schema[name];
    return field?.kind === 'value' && field.secret === true;
  };
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return [
    Object.fromEntries(
      entries.filter(([name]) => isSecret(name)).map(([name, value]) => [name, String(value)]),
    ),
    Object.fromEntries(entries.filter(([name]) => !isSecret(name))),
  ];
}

/** None is no failure yet: the driver looks where its vendor's programs do, and says what it has not found. */
function credentialsOf(kind: string, address: string, account: string): Credentials | undefined {
  try {
    return processSite().credentials(kind, accountAddress(address, account));
  } catch {
    return undefined;
  }
}

/** A service on this machine is reached from this machine. */
export function reachOf(address: string): Reach {
  const { protocol, hostname } = new URL(address);
  const local = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname) || /\+unix:$/.test(protocol);
  return local ? 'host' : 'network';
}
