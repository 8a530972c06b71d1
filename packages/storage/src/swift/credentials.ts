/** Who is to be at Swift, as OpenStack's own clients find it out. */
import { StorageError } from '../errors.ts';
import type { SwiftOptions } from './options.ts';

/** Keystone's: a user within a project, or an application credential, which is bound to one. */
export type KeystoneIdentity =
  | {
      readonly kind: 'password';
      readonly username: string;
      readonly password: string;
      readonly userDomain: string;
      readonly project: string | undefined;
      readonly projectId: string | undefined;
      readonly projectDomain: string;
    }
  | { readonly kind: 'application'; readonly id: string; readonly secret: string };

/** Where the identity was found, for messages: never what it is. */
interface Found {
  readonly found: string;
}

export type SwiftCredentials =
  | ({ readonly version: 1; readonly user: string; readonly key: string } & Found)
  | ({ readonly version: 3; readonly identity: KeystoneIdentity } & Found);

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {StorageError} `bad-config`: something is missing, and where it was looked for */
export function findSwiftCredentials(
  authUrl: string,
  options: SwiftOptions,
  environment: Environment,
): SwiftCredentials {
  const of = (name: string): string | undefined => environment[name] || undefined;
  if (isVersion1(authUrl)) return version1(options, of);
  const application = applicationOf(options, of);
  if (application) return application;
  const given = options.username !== undefined;
  const username = options.username ?? of('OS_USERNAME');
  const password = options.password ?? of('OS_PASSWORD');
  if (username === undefined || password === undefined) {
    throw missing(
      'give username and password or an applicationCredentialId and its secret, or set OS_USERNAME and OS_PASSWORD, or OS_APPLICATION_CREDENTIAL_ID and OS_APPLICATION_CREDENTIAL_SECRET',
    );
  }
  const project = options.project ?? of('OS_PROJECT_NAME') ?? of('OS_TENANT_NAME');
  const projectId = options.projectId ?? of('OS_PROJECT_ID') ?? of('OS_TENANT_ID');
  if (project === undefined && projectId === undefined)
    throw missing('give project or projectId, or set OS_PROJECT_NAME or OS_PROJECT_ID');
  const userDomain = options.userDomain ?? of('OS_USER_DOMAIN_NAME') ?? 'Default';
  const projectDomain = options.projectDomain ?? of('OS_PROJECT_DOMAIN_NAME') ?? 'Default';
  return {
    version: 3,
    found: given ? 'the user that was given' : 'the user of OS_USERNAME',
    identity: { kind: 'password', username, password, userDomain, project, projectId, projectDomain },
  };
}

/** Its addresses end with it: 'http://host/auth/v1.0'. */
function isVersion1(authUrl: string): boolean {
  return /\/v1(?:\.0)?\/?$/.test(new URL(authUrl).pathname);
}

function version1(options: SwiftOptions, of: (name: string) => string | undefined): SwiftCredentials {
  const user = options.username ?? of('ST_USER') ?? of('OS_USERNAME');
  const key = options.password ?? of('ST_KEY') ?? of('OS_PASSWORD');
  if (user === undefined || key === undefined)
    throw missing('give username and password, or set ST_USER and ST_KEY');
  const found = options.username === undefined ? 'the user of the environment' : 'the user that was given';
  return { version: 1, found, user, key };
}

function applicationOf(
  options: SwiftOptions,
  of: (name: string) => string | undefined,
): SwiftCredentials | undefined {
  const { applicationCredentialId: id, applicationCredentialSecret: secret, username } = options;
  if (id !== undefined && secret !== undefined) {
    const found = 'the application credential that was given';
    return { version: 3, found, identity: { kind: 'application', id, secret } };
  }
  const ofId = of('OS_APPLICATION_CREDENTIAL_ID');
  const ofSecret = of('OS_APPLICATION_CREDENTIAL_SECRET');
  // A user that was given comes before what merely lies about.
  if (username !== undefined || ofId === undefined || ofSecret === undefined) return undefined;
  const found = 'the application credential of OS_APPLICATION_CREDENTIAL_ID';
  return { version: 3, found, identity: { kind: 'application', id: ofId, secret: ofSecret } };
}

function missing(advice: string): StorageError {
  return new StorageError('bad-config', `swift storage has no credentials: ${advice}`);
}
