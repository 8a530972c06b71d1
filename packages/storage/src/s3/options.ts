import { flag, type Schema, text } from '@skein/config';
import { type NetworkKind, type NetworkOptions, networkSchema, wrongOption } from '../network/kind.ts';

/** Options of the `s3` driver, and of others that speak its protocol. */
export interface S3Options extends NetworkOptions {
  /** Such as 'eu-west-1'. @default as the AWS programs find it; 'us-east-1' for another endpoint */
  readonly region?: string | undefined;
  /** The URL of a service that speaks S3. @default AWS, in the region */
  readonly endpoint?: string | undefined;
  /** Both keys, or none: then as the AWS programs find them (variables, profile, role of the machine or pod). */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  /** A profile of ~/.aws/config and ~/.aws/credentials. */
  readonly profile?: string | undefined;
  /** The bucket's name in the path of the URL and not in its host. @default true with an endpoint */
  readonly forcePathStyle?: boolean | undefined;
}

/** Options of the `ceph` driver. */
export interface CephOptions extends S3Options {
  /** Whether an address without `endpoint` is reached by TLS. @default false */
  readonly tls?: boolean | undefined;
}

/** The least size of a part but the last one that the protocol knows, bytes. */
export const LEAST_PART: number = 5 * 2 ** 20;

const schema: Schema = {
  ...networkSchema,
  region: text(),
  endpoint: text(),
  accessKeyId: text({ secret: true }),
  secretAccessKey: text({ secret: true }),
  sessionToken: text({ secret: true }),
  profile: text(),
  forcePathStyle: flag(),
};

export const s3Kind: NetworkKind<S3Options> = {
  kind: 's3',
  schemes: ['s3'],
  example: 's3://bucket?region=eu-west-1',
  schema,
  fromUrl: (url) => ({ ...keysOf(url), bucket: url.hostname || undefined }),
  check: (options) => {
    checkKeys(options);
    if (options.endpoint !== undefined) checkEndpoint(options.endpoint);
  },
  address: ({ endpoint, region }) =>
    endpoint === undefined
      ? `https://s3.${region === undefined ? '' : `${region}.`}amazonaws.com`
      : plainUrl(endpoint),
  open: async (options) => (await import('../s3.ts')).s3Driver(options),
};

/** IBM Cloud Object Storage, with HMAC keys. */
export const ibmCosKind: NetworkKind<S3Options> = {
  ...s3Kind,
  kind: 'ibm-cos',
  schemes: ['cos'],
  example: 'cos://bucket?region=eu-de',
  check: (options) => {
    s3Kind.check?.(options);
    if (options.endpoint === undefined && options.region === undefined)
      throw wrongOption('region', "must be given, such as 'eu-de', or else endpoint");
  },
  address: ({ endpoint, region = '' }) =>
    endpoint === undefined ? `https://s3.${region}.cloud-object-storage.appdomain.cloud` : plainUrl(endpoint),
  open: async (options) =>
    (await import('../s3.ts')).s3Driver({ ...options, endpoint: ibmCosKind.address(options) }),
};

/** The object gateway of a Ceph cluster. */
export const cephKind: NetworkKind<S3Options> = {
  ...s3Kind,
  kind: 'ceph',
  schemes: ['ceph', 'rgw'],
  example: 'ceph://host:8080/bucket?tls=true',
  schema: { ...schema, tls: flag() },
  fromUrl: (url) => {
    const { searchParams } = url;
    const secure = searchParams.get('tls');
    const protocol = secure !== null && /^(?:true|1)$/i.test(secure) ? 'https' : 'http';
    return {
      ...keysOf(url),
      bucket: bucketInPath(url),
      ...(url.host !== '' && { endpoint: `${protocol}://${url.host}` }),
    };
  },
  check: (options) => {
    s3Kind.check?.(options);
    if (options.endpoint === undefined)
      throw wrongOption('endpoint', "must be given, such as 'http://host:8080'");
  },
  address: ({ endpoint = '' }) => plainUrl(endpoint),
  open: async (options) => (await import('../s3.ts')).s3Driver(options),
};

/** User info of an address: the two keys. */
export function keysOf(url: URL): Pick<S3Options, 'accessKeyId' | 'secretAccessKey'> {
  if (url.username === '' && url.password === '') return {};
  return {
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
  };
}

export function bucketInPath(url: URL): string | undefined {
  return decodeURIComponent(url.pathname).replace(/^\/|\/$/g, '') || undefined;
}

function checkKeys({ accessKeyId, secretAccessKey, sessionToken }: S3Options): void {
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    throw wrongOption(
      accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey',
      'is missing: accessKeyId and secretAccessKey come together',
    );
  if (sessionToken !== undefined && accessKeyId === undefined)
    throw wrongOption('sessionToken', 'belongs to an accessKeyId and a secretAccessKey, which are missing');
}

function checkEndpoint(endpoint: string): void {
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    throw wrongOption('endpoint', "must be a URL such as 'https://host:9000'");
  const { username, password } = new URL(endpoint);
  if (username !== '' || password !== '')
    throw wrongOption('endpoint', 'holds user info: give accessKeyId and secretAccessKey instead');
}

function plainUrl(endpoint: string): string {
  return new URL(endpoint).href.replace(/\/$/, '');
}
