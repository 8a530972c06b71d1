/** Credentials in the variables that Alibaba Cloud's programs and SDKs read. */
import { StorageError } from '../errors.ts';
import type { OssOptions } from './options.ts';

export interface OssCredentials {
  /** Where they were found, for messages: never what they are. */
  readonly found: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly stsToken: string | undefined;
}

const VARIABLES: readonly (readonly [id: string, secret: string, token: string])[] = [
  ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'ALIBABA_CLOUD_SECURITY_TOKEN'],
  ['OSS_ACCESS_KEY_ID', 'OSS_ACCESS_KEY_SECRET', 'OSS_SESSION_TOKEN'],
];

/** @throws {StorageError} `bad-config`: there are none, and where they were looked for */
export function findOssCredentials(
  { accessKeyId, accessKeySecret, securityToken }: OssOptions,
  environment: Readonly<Record<string, string | undefined>>,
): OssCredentials {
  if (accessKeyId !== undefined && accessKeySecret !== undefined)
    return { found: 'the keys that were given', accessKeyId, accessKeySecret, stsToken: securityToken };
  for (const [id, secret, token] of VARIABLES) {
    const ofId = environment[id];
    const ofSecret = environment[secret];
    if (!ofId || !ofSecret) continue;
    const stsToken = environment[token] || undefined;
    return {
      found: `the keys of ${id} and ${secret}`,
      accessKeyId: ofId,
      accessKeySecret: ofSecret,
      stsToken,
    };
  }
  const looked = VARIABLES.map(([id, secret]) => `${id} and ${secret}`).join('; ');
  throw new StorageError(
    'bad-config',
    `oss storage has no credentials: give accessKeyId and accessKeySecret, or set ${looked}`,
  );
}
