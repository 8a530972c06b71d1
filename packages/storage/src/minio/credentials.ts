/** Credentials as MinIO's own clients look for them, in their order. */
import { StorageError } from '../errors.ts';
import type { MinioOptions } from './options.ts';

export interface MinioCredentials {
  /** Where they were found, for messages: never what they are. */
  readonly found: string;
  /** Undefined: those of the role of the container or pod, which change with time. */
  readonly keys: MinioKeys | undefined;
}

export interface MinioKeys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string | undefined;
}

const PAIRS: readonly (readonly [accessKey: string, secretKey: string])[] = [
  ['MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY'],
  ['MINIO_ROOT_USER', 'MINIO_ROOT_PASSWORD'],
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
];

/** Set where a role can be asked for its keys. */
const ROLES: readonly string[] = [
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/** @throws {StorageError} `bad-config`: there are none, and where they were looked for */
export function findMinioCredentials(
  { accessKeyId, secretAccessKey, sessionToken }: MinioOptions,
  environment: Readonly<Record<string, string | undefined>>,
): MinioCredentials {
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const keys = { accessKey: accessKeyId, secretKey: secretAccessKey, sessionToken };
    return { found: 'the keys that were given', keys };
  }
  for (const [access, secret] of PAIRS) {
    const accessKey = environment[access];
    const secretKey = environment[secret];
    if (!accessKey || !secretKey) continue;
    const token = access.startsWith('AWS_') ? environment['AWS_SESSION_TOKEN'] || undefined : undefined;
    return {
      found: `the keys of ${access} and ${secret}`,
      keys: { accessKey, secretKey, sessionToken: token },
    };
  }
  const role = ROLES.find((name) => environment[name]);
  if (role !== undefined) return { found: `the role of ${role}`, keys: undefined };
  const looked = PAIRS.map((pair) => pair.join(' and ')).join('; ');
  throw new StorageError(
    'bad-config',
    `minio storage has no credentials: give accessKeyId and secretAccessKey, or set ${looked}`,
  );
}
