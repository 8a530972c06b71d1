/**
 * A token, and the address that it opens: from Keystone (OpenStack, "Identity API v3", authentication and token
 * management) or by Swift's own version 1 ("Auth System": TempAuth).
 */
import type { IncomingMessage } from 'node:http';
import { StorageError } from '../errors.ts';
import { type HttpConnections, textOf } from '../network/http.ts';
import type { KeystoneIdentity, SwiftCredentials } from './credentials.ts';
import { SwiftRefusal } from './errors.ts';

export interface SwiftSession {
  /** Of the account: containers are below it. */
  readonly account: URL;
  readonly token: string;
}

export interface Place {
  readonly authUrl: string;
  readonly region: string | undefined;
  readonly interface: string;
}

/** @throws {SwiftRefusal} or an error of the network */
export async function openSession(
  connections: HttpConnections,
  credentials: SwiftCredentials,
  place: Place,
): Promise<SwiftSession> {
  return credentials.version === 1
    ? openByVersion1(connections, credentials.user, credentials.key, place)
    : openByKeystone(connections, credentials.identity, place);
}

async function openByVersion1(
  connections: HttpConnections,
  user: string,
  key: string,
  { authUrl }: Place,
): Promise<SwiftSession> {
  const headers = { 'x-auth-user': user, 'x-auth-key': key };
  const answer = await connections.send({ method: 'GET', url: new URL(authUrl), headers });
  const text = await textOf(answer);
  if (answer.statusCode !== 200 && answer.statusCode !== 204) throw new SwiftRefusal(answer, text);
  return sessionOf(headerOf(answer, 'x-storage-url'), headerOf(answer, 'x-auth-token'), authUrl);
}

async function openByKeystone(
  connections: HttpConnections,
  identity: KeystoneIdentity,
  place: Place,
): Promise<SwiftSession> {
  const { authUrl } = place;
  const base = authUrl.replace(/\/+$/, '');
  const url = new URL(`${/\/v3$/.test(base) ? base : `${base}/v3`}/auth/tokens`);
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const body = [Buffer.from(JSON.stringify({ auth: authOf(identity) }))];
  const answer = await connections.send({ method: 'POST', url, headers, body });
  const text = await textOf(answer);
  if (answer.statusCode !== 201 && answer.statusCode !== 200) throw new SwiftRefusal(answer, text);
  return sessionOf(endpointOf(text, place), headerOf(answer, 'x-subject-token'), authUrl);
}

function authOf(identity: KeystoneIdentity): object {
  if (identity.kind === 'application') {
    const { id, secret } = identity;
    return { identity: { methods: ['application_credential'], application_credential: { id, secret } } };
  }
  const { username, password, userDomain, project, projectId, projectDomain } = identity;
  const user = { name: username, domain: { name: userDomain }, password };
  return {
    identity: { methods: ['password'], password: { user } },
    scope: {
      project:
        projectId === undefined ? { name: project, domain: { name: projectDomain } } : { id: projectId },
    },
  };
}

interface Catalog {
  readonly token?: {
    readonly catalog?: readonly {
      readonly type?: string;
      readonly endpoints?: readonly {
        readonly url?: string;
        readonly interface?: string;
        readonly region?: string;
        readonly region_id?: string;
      }[];
    }[];
  };
}

/** Swift's address in the catalogue that comes with a token. */
function endpointOf(text: string, place: Place): string | undefined {
  const catalog = (JSON.parse(text) as Catalog).token?.catalog ?? [];
  const all = catalog
    .filter(({ type }) => type === 'object-store')
    .flatMap(({ endpoints = [] }) => endpoints);
  const found = all.find(
    (one) =>
      one.interface === place.interface &&
      (place.region === undefined || [one.region, one.region_id].includes(place.region)),
  );
  if (found !== undefined) return found.url;
  const known = all.map((one) => `${one.interface} in ${one.region ?? one.region_id}`).join(', ');
  const where = place.region === undefined ? '' : ` in the region '${place.region}'`;
  throw new StorageError(
    'bad-config',
    `the cloud at ${place.authUrl} has no ${place.interface} object store${where}, but ${known || 'none at all'}`,
  );
}

function sessionOf(account: string | undefined, token: string | undefined, authUrl: string): SwiftSession {
  if (account !== undefined && URL.canParse(account) && token !== undefined)
    return { account: new URL(account), token };
  throw new StorageError('io', `${authUrl} answered without the address of a Swift and a token for it`);
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
