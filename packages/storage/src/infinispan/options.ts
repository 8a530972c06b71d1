import { oneOf, type Schema, text } from '@skein/config';
import { type NetworkKind, type NetworkOptions, networkSchema, wrongOption } from '../network/kind.ts';

/** Options of the `infinispan` driver. Here `partSize` is 1 MiB by default. */
export interface InfinispanOptions extends NetworkOptions {
  /** 'http://host:11222' or 'host:11222'; of more nodes than one, separated by commas. @default 'http://127.0.0.1:11222' */
  readonly endpoint?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The container that holds the caches. A server with another one is refused. @default 'default' */
  readonly cacheManager?: string | undefined;
  /**
   * How descriptions and small bodies travel. 'rest' needs no package; 'hotrod' uses `infinispan` and has conditional
   * replacement (`ifMatch`), which REST lacks. What both write is the same. @default 'rest'
   */
  readonly protocol?: 'rest' | 'hotrod' | undefined;
  /** How Hot Rod shows the password. @default 'SCRAM-SHA-256' */
  readonly saslMechanism?: SaslMechanism | undefined;
  /** A file of certificates (PEM) that Hot Rod trusts. @default the file of NODE_EXTRA_CA_CERTS */
  readonly caFile?: string | undefined;
}

const MECHANISMS = ['SCRAM-SHA-512', 'SCRAM-SHA-384', 'SCRAM-SHA-256', 'DIGEST-MD5', 'PLAIN'] as const;
export type SaslMechanism = (typeof MECHANISMS)[number];

const schema: Schema = {
  ...networkSchema,
  endpoint: text(),
  username: text({ secret: true }),
  password: text({ secret: true }),
  cacheManager: text(),
  protocol: oneOf('rest', 'hotrod'),
  saslMechanism: oneOf(...MECHANISMS),
  caFile: text(),
};

const DEFAULT_ENDPOINT = 'http://127.0.0.1:11222';

export const infinispanKind: NetworkKind<InfinispanOptions> = {
  kind: 'infinispan',
  schemes: ['infinispan', 'infinispans', 'hotrod', 'hotrods'],
  example: 'infinispan://host:11222',
  schema,
  fromUrl: (url) => ({
    ...(url.host !== '' && {
      endpoint: `${/s:$/.test(url.protocol) ? 'https' : 'http'}://${url.hostname}:${url.port || 11_222}`,
    }),
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
    ...(url.protocol.startsWith('hotrod') && { protocol: 'hotrod' }),
  }),
  check(options) {
    const { username, password, partSize } = options;
    if ((username === undefined) !== (password === undefined))
      throw wrongOption(
        username === undefined ? 'username' : 'password',
        'is missing: username and password come together',
      );
    // A server takes requests of 10 MiB, unless its configuration says more.
    if (partSize !== undefined && !(partSize >= 1024 && partSize <= 64 * 2 ** 20))
      throw wrongOption('partSize', 'must be from 1 KiB to 64 MiB');
    endpointsOf(options);
  },
  address: (options) => endpointsOf(options)[0].origin,
  open: async (options) => (await import('../infinispan.ts')).infinispanDriver(options),
};

/** The nodes to speak to, in the order in which they are tried. */
export function endpointsOf({ endpoint }: InfinispanOptions): readonly [URL, ...URL[]] {
  const texts = (endpoint ?? DEFAULT_ENDPOINT).split(',').map((one) => one.trim());
  const [first, ...others] = texts.map((one) => {
    const address = /^https?:\/\//i.test(one) ? one : `http://${one}${/:\d+$/.test(one) ? '' : ':11222'}`;
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || url.hostname === '' || url.pathname !== '/' || url.search !== '')
      throw wrongOption('endpoint', "must look like 'http://host:11222' or 'host:11222'");
    if (url.username !== '' || url.password !== '')
      throw wrongOption('endpoint', 'holds user info: give username and password instead');
    return url;
  });
  return [first!, ...others];
}
