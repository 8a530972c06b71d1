import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { DEFAULTS } from '../network/kind.ts';
import { loadSdk } from '../network/sdk.ts';
import type { S3Options } from './options.ts';

export type Sdk = typeof import('@aws-sdk/client-s3');

/** The SDK and a client of it, loaded by the first operation. */
export interface S3 {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

/** Connections of one client. More requests than these wait for one. */
const SOCKETS = 128;

export async function openS3(kind: string, options: S3Options): Promise<S3> {
  const sdk = await loadSdk<Sdk>(kind, '@aws-sdk/client-s3');
  return { sdk, client: quietly(() => new sdk.S3Client(clientConfig(kind, options))) };
}

/** Which Node the SDK's coming versions will want is for who installs it to know, and not for each worker to print. */
function quietly<T>(make: () => T): T {
  const { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: before } = process.env;
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'];
    else process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = before;
  }
}

function clientConfig(kind: string, options: S3Options): S3ClientConfig {
  const { region, endpoint, accessKeyId, secretAccessKey, sessionToken, profile, forcePathStyle } = options;
  const { attempts = DEFAULTS.attempts, timeoutMs = DEFAULTS.timeoutMs } = options;
  const elsewhere = endpoint !== undefined;
  return {
    ...(elsewhere && { endpoint, forcePathStyle: forcePathStyle ?? true, region: region ?? 'us-east-1' }),
    ...(!elsewhere && region !== undefined && { region }),
    ...(!elsewhere && forcePathStyle !== undefined && { forcePathStyle }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
      }),
    ...(profile !== undefined && { profile }),
    maxAttempts: attempts,
    // Services that are not of this year know none of the newer checksums.
    ...(kind !== 's3' && {
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
    requestHandler: {
      connectionTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      httpAgent: { maxSockets: SOCKETS, keepAlive: true },
      httpsAgent: { maxSockets: SOCKETS, keepAlive: true },
      // Waiting for a free connection is no fault that a user could mend.
      socketAcquisitionWarningTimeout: timeoutMs,
    },
    logger: SILENT,
  };
}

/** Nothing of a request or its headers is to be printed. */
const nothing = (): void => {};
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The option of a request that a signal ends. */
export function endedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}
