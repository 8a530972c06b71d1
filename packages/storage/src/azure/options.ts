import { type Schema, text } from '@skein/config';
import { type NetworkKind, type NetworkOptions, networkSchema, wrongOption } from '../network/kind.ts';
import { parseConnectionString } from './connection-string.ts';

/** Options of the `azure` driver. Its buckets are the account's containers. */
export interface AzureOptions extends NetworkOptions {
  /** The storage account. @default AZURE_STORAGE_ACCOUNT, or the account of AZURE_STORAGE_CONNECTION_STRING */
  readonly accountName?: string | undefined;
  /** The URL of the account's blob service. @default that of the account in Azure's public cloud */
  readonly endpoint?: string | undefined;
  /**
   * A key of the account, base64. Without a key or token: those of AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY or
   * AZURE_STORAGE_SAS_TOKEN where they are of this account, else what `@azure/identity` finds (`DefaultAzureCredential`).
   */
  readonly accountKey?: string | undefined;
  /** A shared access signature, with or without its '?'. */
  readonly sasToken?: string | undefined;
}

const schema: Schema = {
  ...networkSchema,
  accountName: text(),
  endpoint: text(),
  accountKey: text({ secret: true }),
  sasToken: text({ secret: true }),
};

export const azureKind: NetworkKind<AzureOptions> = {
  kind: 'azure',
  schemes: ['azure', 'az'],
  example: 'azure://account/container',
  schema,
  fromUrl: (url) => ({
    accountName: url.hostname || undefined,
    bucket: decodeURIComponent(url.pathname).replace(/^\/|\/$/g, '') || undefined,
  }),
  check: (options) => {
    const { accountKey, sasToken, endpoint } = options;
    if (accountKey !== undefined && sasToken !== undefined)
      throw wrongOption('sasToken', 'and accountKey were given: one of them is enough');
    if (endpoint !== undefined && !(URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)))
      throw wrongOption('endpoint', "must be a URL such as 'https://account.blob.core.windows.net'");
    const { accountName } = placeOf(options);
    if (accountName === undefined && (accountKey !== undefined || endpoint === undefined))
      throw wrongOption(
        'accountName',
        'must be given, or AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING be set',
      );
  },
  address: (options) => placeOf(options).endpoint,
  open: async (options) => (await import('../azure.ts')).azureDriver(options),
};

/** Which account, and where: neither is a secret. */
export interface AzurePlace {
  readonly accountName: string | undefined;
  readonly endpoint: string;
}

/** What the secrets are, and where they are from, for messages. */
export interface AzureSecret {
  readonly accountKey?: string | undefined;
  readonly sasToken?: string | undefined;
  readonly told: string;
}

export function placeOf(options: AzureOptions): AzurePlace {
  const set = fromVariables(options);
  const accountName = options.accountName ?? set?.accountName;
  const endpoint = options.endpoint ?? set?.endpoint ?? `https://${accountName}.blob.core.windows.net`;
  const url = new URL(endpoint);
  return { accountName, endpoint: `${url.origin}${url.pathname}`.replace(/\/$/, '') };
}

/** Undefined: there is none, and `@azure/identity` is to find an identity. */
export function secretOf(options: AzureOptions): AzureSecret | undefined {
  const { accountKey, sasToken } = options;
  if (accountKey !== undefined) return { accountKey, told: 'the option accountKey' };
  if (sasToken !== undefined) return { sasToken, told: 'the option sasToken' };
  return fromVariables(options)?.secret;
}

/** What the variables of Azure's own programs say; those of another account than the one that was named say nothing. */
function fromVariables(
  options: AzureOptions,
):
  | { accountName: string | undefined; endpoint: string | undefined; secret: AzureSecret | undefined }
  | undefined {
  const {
    AZURE_STORAGE_CONNECTION_STRING: connection,
    AZURE_STORAGE_ACCOUNT: accountName,
    AZURE_STORAGE_KEY: accountKey,
    AZURE_STORAGE_SAS_TOKEN: sasToken,
  } = process.env;
  const isOurs = (name: string | undefined): boolean =>
    options.accountName === undefined ? options.endpoint === undefined : options.accountName === name;
  if (connection) {
    const parsed = parseConnectionString(connection, 'AZURE_STORAGE_CONNECTION_STRING');
    const { accountName: name, endpoint, ...secrets } = parsed;
    if (isOurs(name)) {
      const secret = { ...secrets, told: 'AZURE_STORAGE_CONNECTION_STRING' };
      return { accountName: name, endpoint, secret };
    }
  }
  if (!accountName || !isOurs(accountName)) return undefined;
  const secret = accountKey
    ? { accountKey, told: 'AZURE_STORAGE_KEY' }
    : sasToken
      ? { sasToken, told: 'AZURE_STORAGE_SAS_TOKEN' }
      : undefined;
  return { accountName, endpoint: undefined, secret };
}
