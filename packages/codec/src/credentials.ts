/**
 * Credentials that this process was given in code. They live in its memory alone, never in a handle: an executor hands
 * them to its workers by a way that may carry secrets, and a handle that was revived there asks its site for them.
 */
import { randomBytes } from 'node:crypto';
import type { Credentials } from './site.ts';
import { codecState } from './state.ts';

/** The environment variable by which a worker is given credentials. It takes them out of its environment at once. */
export const CREDENTIALS_VARIABLE = 'SKEIN_CREDENTIALS';

/**
 * Remembers credentials for a service at an address.
 *
 * @returns the name of the account, which says nothing of it: random, and the same for the same credentials. They are
 *   found again by `site.credentials(service, accountAddress(address, account))`.
 */
export function giveCredentials(service: string, address: string, credentials: Credentials): string {
  const known = given();
  const begin = `${service} ${accountAddress(address, '')}`;
  const wanted = canonical(credentials);
  for (const [key, one] of known) {
    if (key.startsWith(begin) && canonical(one) === wanted) return key.slice(begin.length);
  }
  const account = randomBytes(6).toString('hex');
  known.set(begin + account, { ...credentials });
  return account;
}

/** An address with the account that is used there. */
export function accountAddress(address: string, account: string): string {
  return `${address}#${account}`;
}

export function findCredentials(service: string, address: string): Credentials | undefined {
  return given().get(`${service} ${address}`);
}

/** The text of {@link CREDENTIALS_VARIABLE} for a worker of this process; undefined when there is nothing to give. */
export function credentialsForWorkers(): string | undefined {
  const known = given();
  return known.size === 0 ? undefined : JSON.stringify(Object.fromEntries(known));
}

/**
 * What a worker does with that text, at its start with that of its own environment, which then holds it no more: neither
 * functions nor what they start are to see it.
 */
export function takeCredentials(text?: string): void {
  const known = given();
  if (text === undefined) return;
  for (const [key, credentials] of Object.entries(JSON.parse(text) as Record<string, Credentials>))
    known.set(key, credentials);
}

function given(): Map<string, Credentials> {
  const state = codecState();
  if (state.credentials === undefined) {
    state.credentials = new Map();
    // By whoever asks first, for programs that are no workers.
    const { [CREDENTIALS_VARIABLE]: text } = process.env;
    delete process.env[CREDENTIALS_VARIABLE];
    if (text !== undefined) takeCredentials(text);
  }
  return state.credentials;
}

function canonical(credentials: Credentials): string {
  return JSON.stringify(Object.entries(credentials).sort(([a], [b]) => (a < b ? -1 : 1)));
}
