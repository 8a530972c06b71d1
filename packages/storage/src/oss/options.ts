import { flag, type Schema, text } from '@skein/config';
import { type NetworkKind, type NetworkOptions, networkSchema, wrongOption } from '../network/kind.ts';

/** Options of the `oss` driver. */
export interface OssOptions extends NetworkOptions {
  /** Such as 'oss-cn-hangzhou' or 'cn-hangzhou'. @default that of the endpoint, where its name has one */
  readonly region?: string | undefined;
  /** The URL of the service without a bucket. @default that of the region, by https */
  readonly endpoint?: string | undefined;
  /** Use the address within Alibaba Cloud, where traffic costs nothing. @default false */
  readonly internal?: boolean | undefined;
  /** Both, or none: then ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET. */
  readonly accessKeyId?: string | undefined;
  readonly accessKeySecret?: string | undefined;
  /** Of temporary keys. */
  readonly securityToken?: string | undefined;
}

const schema: Schema = {
  ...networkSchema,
  region: text(),
  endpoint: text(),
  internal: flag(),
  accessKeyId: text({ secret: true }),
  accessKeySecret: text({ secret: true }),
  securityToken: text({ secret: true }),
};

/** The least size of a part but the last one. */
const LEAST_PART = 100 * 1024;

export const ossKind: NetworkKind<OssOptions> = {
  kind: 'oss',
  schemes: ['oss'],
  example: 'oss://bucket?region=oss-cn-hangzhou',
  schema,
  fromUrl: (url) => ({
    bucket: url.hostname || undefined,
    ...(url.username !== '' && { accessKeyId: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { accessKeySecret: decodeURIComponent(url.password) }),
  }),
  check: (options) => {
    const { endpoint, accessKeyId, accessKeySecret, securityToken, partSize } = options;
    if (endpoint !== undefined) checkEndpoint(endpoint);
    if (regionOf(options) === undefined)
      throw wrongOption('region', "must be given, such as 'oss-cn-hangzhou': requests are signed for it");
    if ((accessKeyId === undefined) !== (accessKeySecret === undefined)) {
      const missing = accessKeyId === undefined ? 'accessKeyId' : 'accessKeySecret';
      throw wrongOption(missing, 'is missing: accessKeyId and accessKeySecret come together');
    }
    if (securityToken !== undefined && accessKeyId === undefined)
      throw wrongOption(
        'securityToken',
        'belongs to an accessKeyId and an accessKeySecret, which are missing',
      );
    if (partSize !== undefined && partSize < LEAST_PART)
      throw wrongOption('partSize', "must be at least '100KiB': OSS knows no smaller parts");
  },
  address: (options) => {
    const { endpoint, internal = false } = options;
    if (endpoint !== undefined) return endpoint.replace(/\/$/, '');
    return `https://${regionOf(options)}${internal ? '-internal' : ''}.aliyuncs.com`;
  },
  open: async (options) => (await import('../oss.ts')).ossDriver(options),
};

/** In its long form: 'oss-cn-hangzhou'. */
export function regionOf({ region, endpoint }: OssOptions): string | undefined {
  if (region !== undefined) return region.startsWith('oss-') ? region : `oss-${region}`;
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  return /^(oss-[a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/.exec(new URL(endpoint).hostname)?.[1];
}

function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/')
    throw wrongOption('endpoint', "must be a URL such as 'https://oss-cn-hangzhou.aliyuncs.com'");
  if (url.username !== '' || url.password !== '')
    throw wrongOption('endpoint', 'must have no user info: give accessKeyId and accessKeySecret');
}
