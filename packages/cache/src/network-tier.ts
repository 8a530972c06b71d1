/** What a tier in a network is known by: what of it travels in handles, and the credentials, which do not. */
import { accountAddress, type Credentials, giveCredentials, type Json, processSite } from '@skein/codec';

export interface NetworkTier {
  /** A URL without user info. */
  readonly address: string;
  /** Options that may be seen; of them another process makes the same tier. */
  readonly state: { readonly [option: string]: Json };
  /** A server on this machine is reached from this machine. */
  readonly reach: 'host' | 'network';
  /** Of this process, which was given them in code or by its client; undefined where it has none. */
  credentials(): Credentials | undefined;
}

/** Options with secrets among them, which stay in this process. */
export interface GivenTier {
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly account?: string | undefined;
}

/** Divides what was given: secrets into this process's memory, under a name that says nothing of them, the rest into handles. */
export function networkTier(service: string, url: URL, given: GivenTier): NetworkTier {
  const { url: _url, username = decodeURIComponent(url.username), account: told, ...rest } = given;
  const { password = decodeURIComponent(url.password), ...others } = rest;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const address = bare.href;
  const secrets = { ...(username !== '' && { username }), ...(password !== '' && { password }) };
  const account = Object.keys(secrets).length > 0 ? giveCredentials(service, address, secrets) : told;
  const known = Object.entries(others).filter(([, value]) => value !== undefined);
  return {
    address,
    state: { ...Object.fromEntries(known), url: address, ...(account !== undefined && { account }) },
    reach: /^(?:localhost|127(?:\.\d+){3}|\[::1\]|)$/.test(url.hostname) ? 'host' : 'network',
    credentials: () => (account === undefined ? undefined : find(service, address, account)),
  };
}

function find(service: string, address: string, account: string): Credentials | undefined {
  try {
    return processSite().credentials(service, accountAddress(address, account));
  } catch {
    return undefined; // the server says what it lacks
  }
}
