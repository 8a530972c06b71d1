import type { BlobServiceClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { StorageError } from '../errors.ts';
import { HttpConnections } from '../network/http.ts';
import { DEFAULTS } from '../network/kind.ts';
import { retry } from '../network/retry.ts';
import { loadSdk } from '../network/sdk.ts';
import { isPassing, refusalOf } from './errors.ts';
import { httpClientOn } from './http-client.ts';
import { nameOfKey } from './names.ts';
import { type AzureOptions, type AzurePlace, type AzureSecret, placeOf, secretOf } from './options.ts';

export type Sdk = typeof import('@azure/storage-blob');

/** One account, by one of its credentials. */
export class AzureService {
  /** Which credentials are used, for messages. */
  readonly credentials: string;
  readonly #attempts: number;
  readonly #connections: HttpConnections;
  readonly #client: BlobServiceClient;

  private constructor(
    options: AzureOptions,
    credentials: string,
    client: BlobServiceClient,
    connections: HttpConnections,
  ) {
    this.credentials = credentials;
    this.#attempts = options.attempts ?? DEFAULTS.attempts;
    this.#connections = connections;
    this.#client = client;
  }

  /** Connects to nothing yet. */
  static async open(options: AzureOptions): Promise<AzureService> {
    const sdk = await loadSdk<Sdk>('azure', '@azure/storage-blob');
    const { endpoint } = placeOf(options);
    const secret = secretOf(options);
    const connections = new HttpConnections(options.timeoutMs ?? DEFAULTS.timeoutMs);
    const pipeline = sdk.newPipeline(await credentialOf(sdk, placeOf(options), secret), {
      httpClient: httpClientOn(connections, sdk),
      retryOptions: { maxTries: 1 }, // its waits have no jitter; ours have
    });
    const sas = secret?.sasToken === undefined ? '' : `?${secret.sasToken.replace(/^\?/, '')}`;
    const client = new sdk.BlobServiceClient(`${endpoint}${sas}`, pipeline);
    return new AzureService(options, secret?.told ?? 'DefaultAzureCredential', client, connections);
  }

  container(bucket: string): ContainerClient {
    return this.#client.getContainerClient(bucket);
  }

  blob(bucket: string, key: string): BlockBlobClient {
    return this.container(bucket).getBlockBlobClient(nameOfKey(key));
  }

  /** One request, once. @throws {AzureRefusal} when its answer is no success */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** One request, tried again where that may help. */
  call<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return retry(() => this.ask(work), { attempts: this.#attempts, retryable: isPassing, signal });
  }

  close(): void {
    this.#connections.close();
  }
}

async function credentialOf(
  sdk: Sdk,
  { accountName, endpoint }: AzurePlace,
  secret: AzureSecret | undefined,
): Promise<NonNullable<Parameters<Sdk['newPipeline']>[0]>> {
  if (secret?.accountKey !== undefined) {
    if (accountName === undefined)
      throw new StorageError('bad-config', `${secret.told} is there, but no accountName that it belongs to`);
    return new sdk.StorageSharedKeyCredential(accountName, secret.accountKey);
  }
  if (secret?.sasToken !== undefined) return new sdk.AnonymousCredential();
  if (endpoint.startsWith('http:')) {
    const message = `azure storage at ${endpoint} needs accountKey or sasToken: a token of an identity goes by https: alone`;
    throw new StorageError('bad-config', message);
  }
  const { DefaultAzureCredential } = await loadSdk<typeof import('@azure/identity')>(
    'azure',
    '@azure/identity',
  );
  return new DefaultAzureCredential();
}
