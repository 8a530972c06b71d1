/** What servers that speak S3 have in common. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Server } from './server.ts';

/** A server that speaks S3, with buckets in the path and one account, which may do everything. */
export interface S3Server extends S3Facts, Server {}

export interface S3Facts {
  /** Such as `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Keys nobody has used before: a client that does not send them is refused. */
export function s3Facts(port: number): S3Facts {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    region: 'us-east-1',
    accessKeyId: `skein${randomBytes(6).toString('hex')}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
}

/** It lists its buckets: MinIO calls itself ready earlier. */
export async function isS3Ready(server: S3Facts): Promise<boolean> {
  try {
    const response = await askS3(server, 'GET', '/', AbortSignal.timeout(1_000));
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * A request without a body, signed by version 4 of Amazon's signature: servers and their tests need no SDK for so little.
 *
 * @param path encoded
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function askS3(
  server: S3Facts,
  method: string,
  path: string,
  signal: AbortSignal | null = null,
): Promise<Response> {
  const { host } = new URL(server.endpoint);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${server.region}/s3/aws4_request`;
  const body = sha256('');
  const headers = { host, 'x-amz-content-sha256': body, 'x-amz-date': time };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = [method, path, '', lines.join(''), names, body].join('\n');
  const signed = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${server.secretAccessKey}`);
  const signature = hmac(key, signed).toString('hex');
  const credential = `Credential=${server.accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential},SignedHeaders=${names},Signature=${signature}`;
  return fetch(`${server.endpoint}${path}`, { method, headers: { ...headers, authorization }, signal });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
