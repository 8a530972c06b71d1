import { flag, type Schema, text } from '@skein/config';
import { type NetworkKind, networkSchema, wrongOption } from '../network/kind.ts';
import { cephKind, LEAST_PART, type S3Options, s3Kind } from '../s3/options.ts';

/** Options of the `minio` driver. */
export interface MinioOptions extends Omit<S3Options, 'profile' | 'forcePathStyle'> {
  /** The server's URL, such as 'http://localhost:9000'. */
  readonly endpoint?: string | undefined;
  /** As the server was told it. @default 'us-east-1', as of the server */
  readonly region?: string | undefined;
  /** Both keys, or none: then those of MINIO_ACCESS_KEY and MINIO_SECRET_KEY, or MINIO_ROOT_USER and MINIO_ROOT_PASSWORD, or of AWS. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

const schema: Schema = {
  ...networkSchema,
  region: text(),
  endpoint: text(),
  tls: flag(),
  accessKeyId: text({ secret: true }),
  secretAccessKey: text({ secret: true }),
  sessionToken: text({ secret: true }),
};

export const minioKind: NetworkKind<MinioOptions> = {
  ...cephKind,
  kind: 'minio',
  schemes: ['minio'],
  example: 'minio://host:9000/bucket?tls=true',
  schema,
  check: (options) => {
    s3Kind.check?.(options);
    if (options.endpoint === undefined)
      throw wrongOption('endpoint', "must be given, such as 'http://host:9000'");
    if (new URL(options.endpoint).pathname !== '/')
      throw wrongOption('endpoint', "must be a server's URL without a path, such as 'http://host:9000'");
    if (options.partSize !== undefined && options.partSize < LEAST_PART)
      throw wrongOption('partSize', "must be at least '5MiB': the protocol of S3 knows no smaller parts");
  },
  open: async (options) => (await import('../minio.ts')).minioDriver(options),
};
