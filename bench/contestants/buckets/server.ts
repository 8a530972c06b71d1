/** The S3 server that the bench has started for all contestants, and a bucket on it. */
export interface S3Server {
  readonly bucket: string;
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export function s3Server(): S3Server {
  const text = process.env['SKEIN_BENCH_S3'];
  if (text === undefined) throw new Error('SKEIN_BENCH_S3 does not say where the S3 server is');
  return JSON.parse(text) as S3Server;
}
