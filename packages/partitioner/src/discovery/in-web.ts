import type { WebResource } from '../data-object.ts';
import { messageOf } from '../errors.ts';
import type { WebAddress } from '../source/web-address.ts';
import { discard, refusedBy, totalOf, versionOf, webRequest } from '../source/web-request.ts';
import { noMatch } from './no-match.ts';

/** Answers of servers that know a URL but not the method HEAD, or sign URLs for GET alone. */
const NO_HEAD: ReadonlySet<number> = new Set([400, 401, 403, 405, 501]);

/** What a server gives at a URL: its length, version, and whether parts of it can be asked for. */
export async function inWeb(address: WebAddress, signal: AbortSignal): Promise<WebResource> {
  const head = await webRequest(address, { method: 'HEAD', signal });
  await discard(head);
  if (!head.ok && !NO_HEAD.has(head.status)) throw missing(address, head);
  const length = lengthOf(head);
  const ranges = head.headers.get('accept-ranges');
  if (head.ok && length !== undefined && ranges !== null)
    return resource(address, length, versionOf(head), ranges === 'bytes');
  return probe(address, signal);
}

/** Asks for the first byte: the answer tells what a head did not. */
async function probe(address: WebAddress, signal: AbortSignal): Promise<WebResource> {
  const response = await webRequest(address, { method: 'GET', headers: { range: 'bytes=0-0' }, signal });
  await discard(response);
  const total = totalOf(response);
  if (response.status === 206 && total !== undefined)
    return resource(address, total, versionOf(response), true);
  // An empty object has no first byte.
  if (response.status === 416) return resource(address, 0, versionOf(response), false);
  if (!response.ok) throw missing(address, response);
  return resource(address, lengthOf(response), versionOf(response), false);
}

function resource(
  address: WebAddress,
  size: number | undefined,
  etag: string | undefined,
  ranged: boolean,
): WebResource {
  return { kind: 'url', ...address, size, etag, ranged: ranged && size !== 0 };
}

/** Undefined also of what comes packed: its length is another. */
function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get('content-length');
  return length === null || headers.get('content-encoding') !== null ? undefined : Number(length);
}

function missing({ url }: WebAddress, response: Response): Error {
  const refused = refusedBy(url, response);
  return refused.code === 'gone' ? noMatch(url, messageOf(refused)) : refused;
}
