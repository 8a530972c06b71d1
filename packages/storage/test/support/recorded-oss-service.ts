/**
 * The protocol of Alibaba Cloud OSS as its API reference has it, for want of a server: requests are taken and answered as
 * the reference's examples are, and their signatures verified. Objects are in memory. It shows that the
 * driver and the vendor's client speak the protocol that is written down, and not that the service does.
 *
 * From www.alibabacloud.com/help/en/oss/developer-reference: putobject, getobject, headobject, deleteobject,
 * deletemultipleobjects, listobjectsv2, initiatemultipartupload, uploadpart, completemultipartupload,
 * abortmultipartupload, putbucket, getbucketinfo, deletebucket, recommend-to-use-signature-version-4 (V4 signatures).
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compareKeys } from '../../src/names.ts';

export interface OssService {
  readonly port: number;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Uploads in parts that have neither ended nor been taken back. */
  uploads(): number;
  /** Answers nothing any more, until it is thawed. */
  freeze(): void;
  thaw(): void;
  /** The next answers are refusals because of too many requests. */
  throttle(times: number): void;
  /** Ends at once, with every connection; what it holds stays. */
  kill(): Promise<void>;
  /** At the same port. */
  restart(): Promise<void>;
}

interface Stored {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly md5: string | undefined;
  readonly modified: Date;
  readonly headers: Readonly<Record<string, string>>;
}

interface Upload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly bytes: Buffer; readonly etag: string }>;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A request, taken apart. */
interface Asked {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export async function startOssService(): Promise<OssService> {
  const accessKeyId = `LTAI${randomBytes(8).toString('hex')}`;
  const accessKeySecret = randomBytes(15).toString('hex');
  const service = new Service();
  let frozen = false;
  let throttled = 0;
  const server = createServer((request, response) => {
    const work = async (): Promise<void> => {
      const asked = await take(request);
      if (frozen) return;
      verify(asked, request.url ?? '', accessKeyId, accessKeySecret);
      if (throttled > 0) {
        throttled--;
        throw new Refusal(503, 'QpsLimitExceeded', 'Qps limit exceeded.');
      }
      send(response, service.answer(asked));
    };
    work().catch((error: unknown) => refuse(error, request, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kill = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return {
    port,
    accessKeyId,
    accessKeySecret,
    uploads: () => service.uploads,
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
    },
    throttle: (times) => {
      throttled = times;
    },
    kill,
    async restart() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}

async function take(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [path = '', search = ''] = (request.url ?? '').split('?');
  return {
    method: request.method ?? '',
    bucket: /^([^.:]+)\./.exec(request.headers.host ?? '')?.[1] ?? '',
    key: decodeURIComponent(path.slice(1)),
    query: new URLSearchParams(search),
    headers: request.headers,
    body: Buffer.concat(chunks),
  };
}

/** "Include a V4 signature in the Authorization header". */
function verify({ method, bucket, headers }: Asked, url: string, id: string, secret: string): void {
  const form =
    /^OSS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/oss\/aliyun_v4_request,\s*(?:AdditionalHeaders=([^,]*),\s*)?Signature=([0-9a-f]{64})$/;
  const [, who = '', day = '', region = '', additional = '', signature = ''] =
    form.exec(headers.authorization ?? '') ?? [];
  if (who !== id)
    throw new Refusal(
      403,
      'InvalidAccessKeyId',
      'The OSS Access Key Id you provided does not exist in our records.',
    );
  const [path = '', search = ''] = url.split('?');
  const uri = `/${bucket}${path}`.replace(/[!'()*]/g, percent);
  const query = search
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.replace(/=$/, '').replace(/[!'()*]/g, percent))
    .sort();
  const more = additional.split(';').filter((name) => name !== '');
  const signed = Object.keys(headers)
    .filter(
      (name) =>
        name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-') || more.includes(name),
    )
    .sort()
    .map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [
    method,
    uri,
    query.join('&'),
    signed.join(''),
    more.join(';'),
    headers['x-oss-content-sha256'],
  ];
  const scope = `${day}/${region}/oss/aliyun_v4_request`;
  const digest = createHash('sha256').update(canonical.join('\n')).digest('hex');
  const text = ['OSS4-HMAC-SHA256', headers['x-oss-date'], scope, digest].join('\n');
  const hmac = (key: string | Buffer, what: string): Buffer =>
    createHmac('sha256', key).update(what).digest();
  const signing = [day, region, 'oss', 'aliyun_v4_request'].reduce<string | Buffer>(
    hmac,
    `aliyun_v4${secret}`,
  );
  if (hmac(signing, text).toString('hex') !== signature) {
    throw new Refusal(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
}

function percent(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

class Service {
  readonly #buckets = new Map<string, Map<string, Stored>>();
  readonly #uploads = new Map<string, Upload>();

  get uploads(): number {
    return this.#uploads.size;
  }

  answer(asked: Asked): Reply {
    const { method, key, query } = asked;
    if (key === '') return this.#bucket(asked);
    if (method === 'POST' && query.has('uploads')) return this.#begin(asked);
    if (query.has('uploadId')) return this.#part(asked);
    if (method === 'PUT') return this.#put(asked);
    if (method === 'GET' || method === 'HEAD') return this.#get(asked);
    if (method === 'DELETE') {
      this.#objects(asked).delete(key);
      return reply(204);
    }
    throw new Refusal(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
  }

  #objects({ bucket }: Asked): Map<string, Stored> {
    const objects = this.#buckets.get(bucket);
    if (objects) return objects;
    throw new Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist.');
  }

  #bucket(asked: Asked): Reply {
    const { method, bucket, query, body } = asked;
    if (method === 'PUT') {
      if (!this.#buckets.has(bucket)) this.#buckets.set(bucket, new Map());
      return reply(200);
    }
    const objects = this.#objects(asked);
    if (method === 'DELETE') {
      if (objects.size > 0)
        throw new Refusal(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty.');
      this.#buckets.delete(bucket);
      return reply(204);
    }
    if (method === 'GET' && query.has('bucketInfo'))
      return reply(200, `<BucketInfo><Bucket><Name>${bucket}</Name></Bucket></BucketInfo>`);
    if (method === 'POST' && query.has('delete')) {
      if (asked.headers['content-md5'] !== base64Md5(body))
        throw new Refusal(400, 'InvalidDigest', 'The Content-MD5 you specified is not valid.');
      for (const [, name = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g))
        objects.delete(unescaped(name));
      return reply(200, '');
    }
    if (method === 'GET' && query.get('list-type') === '2') return list(objects, query);
    throw new Refusal(400, 'InvalidArgument', 'What is asked for is not recorded.');
  }

  #put(asked: Asked): Reply {
    const { key, headers, body } = asked;
    const objects = this.#objects(asked);
    const md5 = checkedMd5(asked);
    forbid(asked, objects);
    const etag = createHash('md5').update(body).digest('hex').toUpperCase();
    objects.set(key, { bytes: body, etag, md5, modified: new Date(), headers: kept(headers) });
    return reply(200, undefined, { etag: `"${etag}"`, 'content-md5': md5 });
  }

  #get(asked: Asked): Reply {
    const { method, key, headers } = asked;
    const found = this.#objects(asked).get(key);
    if (!found) throw new Refusal(404, 'NoSuchKey', 'The specified key does not exist.');
    const { bytes, etag, md5, modified } = found;
    const match = headers['if-match'];
    if (match !== undefined && match.replaceAll('"', '') !== etag)
      throw new Refusal(
        412,
        'PreconditionFailed',
        'At least one of the pre-conditions you specified did not hold.',
      );
    const described = {
      ...found.headers,
      etag: `"${etag}"`,
      'last-modified': modified.toUTCString(),
      'x-oss-object-type': md5 === undefined ? 'Multipart' : 'Normal',
      ...(md5 !== undefined && { 'content-md5': md5 }),
    };
    if (method === 'HEAD') {
      return { status: 200, headers: { ...described, 'content-length': String(bytes.length) }, body: '' };
    }
    const range = rangeOf(headers.range, bytes.length);
    if (range === undefined) return reply(200, bytes, described);
    const [start, end] = range;
    if (start >= bytes.length || start > end) {
      // Without the header, the reference says, all of the object is the answer.
      if (headers['x-oss-range-behavior'] !== 'standard') return reply(200, bytes, described);
      throw new Refusal(416, 'InvalidRange', 'The requested range cannot be satisfied.');
    }
    return reply(206, bytes.subarray(start, end + 1), {
      ...described,
      'content-range': `bytes ${start}-${end}/${bytes.length}`,
    });
  }

  #begin(asked: Asked): Reply {
    const { key, headers } = asked;
    forbid(asked, this.#objects(asked));
    const id = randomBytes(16).toString('hex').toUpperCase();
    this.#uploads.set(id, { key, headers: kept(headers), parts: new Map() });
    return reply(
      200,
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  #part(asked: Asked): Reply {
    const { method, key, query, body } = asked;
    const objects = this.#objects(asked);
    const id = query.get('uploadId') ?? '';
    const upload = this.#uploads.get(id);
    if (!upload || upload.key !== key)
      throw new Refusal(404, 'NoSuchUpload', 'The specified upload does not exist.');
    if (method === 'DELETE') {
      this.#uploads.delete(id);
      return reply(204);
    }
    if (method === 'PUT') {
      const md5 = checkedMd5(asked);
      const etag = createHash('md5').update(body).digest('hex').toUpperCase();
      upload.parts.set(Number(query.get('partNumber')), { bytes: body, etag });
      return reply(200, undefined, { etag: `"${etag}"`, 'content-md5': md5 });
    }
    forbid(asked, objects);
    const parts = [
      ...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>\s*<ETag>([^<]*)<\/ETag>/g),
    ].map(([, number, etag = '']) => {
      const part = upload.parts.get(Number(number));
      if (part?.etag !== unescaped(etag).replaceAll('"', ''))
        throw new Refusal(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
      return part;
    });
    if (parts.slice(0, -1).some(({ bytes }) => bytes.length < 100 * 1024))
      throw new Refusal(400, 'EntityTooSmall', 'Your proposed upload smaller than the minimum allowed size.');
    const sum = createHash('md5')
      .update(parts.map(({ etag }) => etag).join(''))
      .digest('hex')
      .toUpperCase();
    const etag = `${sum}-${parts.length}`;
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    objects.set(key, { bytes, etag, md5: undefined, modified: new Date(), headers: upload.headers });
    this.#uploads.delete(id);
    const text = `<CompleteMultipartUploadResult><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>`;
    return reply(200, text, { etag: `"${etag}"` });
  }
}

/** "GetBucketV2 (ListObjectsV2)", with `encoding-type=url`. */
function list(objects: ReadonlyMap<string, Stored>, query: URLSearchParams): Reply {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64').toString();
  const most = Math.min(Number(query.get('max-keys') ?? 100), 1000);
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string): string => text;
  const entries: string[] = [];
  let last = '';
  let truncated = false;
  for (const key of [...objects.keys()].sort(compareKeys)) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at < 0 ? key : key.slice(0, at + delimiter.length);
    if (name === last || compareKeys(name, after) <= 0) continue;
    if (entries.length === most) {
      truncated = true;
      break;
    }
    last = name;
    const { bytes, etag, modified } = objects.get(key) as Stored;
    entries.push(
      at < 0
        ? `<Contents><Key>${encode(name)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>"${etag}"</ETag><Size>${bytes.length}</Size></Contents>`
        : `<CommonPrefixes><Prefix>${encode(name)}</Prefix></CommonPrefixes>`,
    );
  }
  const next = truncated
    ? `<NextContinuationToken>${Buffer.from(last).toString('base64')}</NextContinuationToken>`
    : '';
  return reply(
    200,
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><EncodingType>url</EncodingType><KeyCount>${entries.length}</KeyCount><IsTruncated>${truncated}</IsTruncated>${next}${entries.join('')}</ListBucketResult>`,
  );
}

function forbid({ key, headers }: Asked, objects: ReadonlyMap<string, Stored>): void {
  if (headers['x-oss-forbid-overwrite'] !== 'true' || !objects.has(key)) return;
  throw new Refusal(
    409,
    'FileAlreadyExists',
    'The object you specified already exists and can not be overwritten.',
  );
}

function checkedMd5({ headers, body }: Asked): string {
  const md5 = base64Md5(body);
  const given = headers['content-md5'];
  if (given !== undefined && given !== md5)
    throw new Refusal(400, 'InvalidDigest', 'The Content-MD5 you specified is not valid.');
  return md5;
}

function base64Md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64');
}

/** Headers that an object keeps. */
function kept(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name === 'content-type' || name.startsWith('x-oss-meta-'))
      .map(([name, value]) => [name, String(value)]),
  );
}

function rangeOf(
  header: string | undefined,
  size: number,
): readonly [start: number, end: number] | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from !== '') return [Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1)];
  return to === '' ? undefined : [Math.max(0, size - Number(to)), size - 1];
}

function unescaped(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    '#39': "'",
  };
  return text.replace(/&(amp|lt|gt|quot|apos|#39);/g, (_, name: string) => signs[name] ?? '');
}

function reply(status: number, body: string | Buffer = '', headers: Reply['headers'] = {}): Reply {
  return { status, headers: { 'content-length': String(Buffer.byteLength(body)), ...headers }, body };
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, {
    ...headers,
    'x-oss-request-id': randomBytes(12).toString('hex').toUpperCase(),
  });
  response.end(body);
}

function refuse(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (!(error instanceof Refusal)) {
    response.destroy();
    return;
  }
  const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`;
  // An answer to HEAD has no body; what it would say is in a header.
  const inHeader = request.method === 'HEAD';
  const header = { 'x-oss-err': Buffer.from(text).toString('base64') };
  send(
    response,
    reply(error.status, inHeader ? '' : text, inHeader ? header : { 'content-type': 'application/xml' }),
  );
}
