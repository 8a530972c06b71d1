/** Who a request comes from, by Google's own library: files, variables, `gcloud`, workload identity, the metadata server. */
import type { GoogleAuth } from 'google-auth-library';
import { StorageError } from '../errors.ts';
import { isNetworkError } from '../network/retry.ts';
import { loadSdk } from '../network/sdk.ts';
import type { GcsOptions } from './options.ts';

const SCOPE = 'https://www.googleapis.com/auth/devstorage.full_control';

export interface GcsCredentials {
  /** The headers that a request needs; the library keeps a token until shortly before its end. */
  headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  project(signal: AbortSignal): Promise<string>;
  /** Which they are, for messages. */
  readonly told: string;
}

/** For a service that asks for none: an emulator. */
export const ANONYMOUS: GcsCredentials = {
  headers: async () => ({}),
  project: async () => 'skein',
  told: 'no credentials, because its address begins with http:',
};

export async function openCredentials({
  project,
  keyFile,
  credentials,
}: GcsOptions): Promise<GcsCredentials> {
  const { GoogleAuth: Auth } = await loadSdk<typeof import('google-auth-library')>(
    'gcs',
    'google-auth-library',
  );
  const auth: GoogleAuth = new Auth({
    scopes: [SCOPE],
    ...(project !== undefined && { projectId: project }),
    ...(keyFile !== undefined && { keyFile }),
    ...(credentials !== undefined && { credentials: JSON.parse(credentials) as Record<string, string> }),
  });
  const told =
    credentials !== undefined
      ? 'the option credentials'
      : keyFile !== undefined
        ? `the key file ${keyFile}`
        : 'Application Default Credentials';
  const ask = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    try {
      return await untilAborted(work(), signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : credentialsError(error, told);
    }
  };
  // A plain object in version 9 of the library, Headers since.
  const headers = async (): Promise<Record<string, string>> =>
    Object.fromEntries(new Headers((await auth.getRequestHeaders()) as Headers | Record<string, string>));
  return {
    told,
    headers: (signal) => ask(headers, signal),
    project: (signal) => ask(() => auth.getProjectId(), signal),
  };
}

/** The library's message may quote what it was given, so that ours says it in its own words. */
function credentialsError(cause: unknown, told: string): StorageError {
  const { status, response } = cause as { status?: unknown; response?: { status?: unknown } };
  const answered = Number(response?.status ?? status ?? 0);
  // Nothing else of the error is kept: it holds the request.
  const named = new Error(cause instanceof Error ? cause.name : 'Error');
  if (isNetworkError(cause) || answered >= 500 || answered === 429) {
    const message = `no access token could be had for ${told}: its server does not answer`;
    return new StorageError('io', message, { cause: named });
  }
  const hint =
    told === 'Application Default Credentials'
      ? "run 'gcloud auth application-default login', or set GOOGLE_APPLICATION_CREDENTIALS, keyFile or credentials"
      : 'they are no key that Google knows';
  return new StorageError('bad-config', `Google gave no access token for ${told}: ${hint}`, { cause: named });
}

/** The library takes no signal; what it does goes on, and is there for the next one who asks. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
