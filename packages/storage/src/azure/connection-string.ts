import { ConfigError } from '@skein/config';

/** What a connection string of a storage account says that matters for blobs. */
export interface AzureConnection {
  readonly accountName?: string | undefined;
  readonly accountKey?: string | undefined;
  readonly sasToken?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** Of the emulator that runs on this machine: known to everybody, and no secret. */
const EMULATOR: AzureConnection = {
  accountName: 'devstoreaccount1',
  accountKey: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  endpoint: 'http://127.0.0.1:10000/devstoreaccount1',
};

/**
 * Takes a connection string apart ("Configure Azure Storage connection strings" of its documentation).
 *
 * @param what names it in errors, which never quote it
 * @throws {ConfigError} when it is none
 */
export function parseConnectionString(written: string, what: string): AzureConnection {
  const values = new Map<string, string>();
  for (const part of written.split(';')) {
    const at = part.indexOf('='); // keys end with some
    if (at > 0) values.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  if (values.get('usedevelopmentstorage')?.toLowerCase() === 'true') return EMULATOR;
  const endpoint = values.get('blobendpoint');
  const accountName =
    values.get('accountname') ?? (endpoint && /^https?:\/\/([a-z0-9]+)\.blob\./.exec(endpoint)?.[1]);
  if (accountName === undefined && endpoint === undefined) {
    const message =
      "must be a connection string, such as 'AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net'";
    throw new ConfigError([{ kind: 'wrong-value', path: '', source: what, message }]);
  }
  const protocol = values.get('defaultendpointsprotocol') ?? 'https';
  const suffix = values.get('endpointsuffix') ?? 'core.windows.net';
  return {
    accountName: accountName || undefined,
    accountKey: values.get('accountkey'),
    sasToken: values.get('sharedaccesssignature'),
    endpoint: endpoint ?? `${protocol}://${accountName}.blob.${suffix}`,
  };
}
