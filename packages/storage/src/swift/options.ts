import { oneOf, type Schema, text } from '@skein/config';
import { type NetworkKind, type NetworkOptions, networkSchema, wrongOption } from '../network/kind.ts';

/**
 * Options of the `swift` driver. Of those that are not given, each is looked for where OpenStack's own clients do: in
 * the variables OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME and so on, then ST_AUTH, ST_USER and ST_KEY.
 */
export interface SwiftOptions extends NetworkOptions {
  /** Keystone, such as 'https://cloud.example:5000/v3', or Swift's own version 1, such as 'http://host:8080/auth/v1.0'. */
  readonly authUrl?: string | undefined;
  /** For version 1 with its account, such as 'test:tester'. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The user's domain, by its name. @default 'Default' */
  readonly userDomain?: string | undefined;
  /** The project (tenant), by its name, or else by its id. */
  readonly project?: string | undefined;
  readonly projectId?: string | undefined;
  /** The project's domain, by its name. @default 'Default' */
  readonly projectDomain?: string | undefined;
  /** Instead of user, password and project. */
  readonly applicationCredentialId?: string | undefined;
  readonly applicationCredentialSecret?: string | undefined;
  /** Where the cloud has several. @default the first that has a Swift */
  readonly region?: string | undefined;
  /** Which of the service's addresses. @default 'public' */
  readonly interface?: 'public' | 'internal' | 'admin' | undefined;
}

const schema: Schema = {
  ...networkSchema,
  authUrl: text(),
  username: text({ secret: true }),
  password: text({ secret: true }),
  userDomain: text(),
  project: text(),
  projectId: text(),
  projectDomain: text(),
  applicationCredentialId: text({ secret: true }),
  applicationCredentialSecret: text({ secret: true }),
  region: text(),
  interface: oneOf('public', 'internal', 'admin'),
};

export const swiftKind: NetworkKind<SwiftOptions> = {
  kind: 'swift',
  schemes: ['swift'],
  example: 'swift://bucket?authUrl=https://cloud.example:5000/v3',
  schema,
  fromUrl: (url) => ({
    bucket: url.hostname || undefined,
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
  }),
  check: (options) => {
    const authUrl = authUrlOf(options);
    if (authUrl === undefined)
      throw wrongOption(
        'authUrl',
        "must be given, such as 'https://cloud.example:5000/v3', or be in OS_AUTH_URL",
      );
    if (!URL.canParse(authUrl) || !/^https?:$/.test(new URL(authUrl).protocol))
      throw wrongOption('authUrl', "must be a URL such as 'https://cloud.example:5000/v3'");
    if (new URL(authUrl).username !== '' || new URL(authUrl).password !== '')
      throw wrongOption('authUrl', 'must have no user info: give username and password');
    together(options, 'applicationCredentialId', 'applicationCredentialSecret');
    together(options, 'username', 'password');
  },
  address: (options) => authUrlOf(options) ?? '',
  open: async (options) => (await import('../swift.ts')).swiftDriver(options),
};

/** What is not configured may be in the environment, as OpenStack's clients have it. */
function authUrlOf({ authUrl }: SwiftOptions): string | undefined {
  return authUrl ?? (process.env['OS_AUTH_URL'] || process.env['ST_AUTH'] || undefined);
}

function together<Name extends keyof SwiftOptions>(options: SwiftOptions, one: Name, other: Name): void {
  if ((options[one] === undefined) === (options[other] === undefined)) return;
  const missing = options[one] === undefined ? one : other;
  throw wrongOption(missing, `is missing: ${one} and ${other} come together`);
}
