/**
 * The few answers and requests in XML that the driver needs. The library's own reader takes the key '0012' for the number
 * 12, and its lists leave out what a driver needs; its writer makes ill-formed XML of some keys.
 */
import type { ListEntry } from '../driver.ts';
import { compareKeys } from '../names.ts';
import { plainEtag } from '../s3/conditional.ts';

export interface ListPage {
  readonly entries: readonly ListEntry[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/** An answer of ListObjectsV2: objects and common prefixes, which come apart, in one order. */
export function readListPage(xml: string): ListPage {
  // A server that does not know the encoding ignores it, and says so by silence.
  const decode = textIn(xml, 'EncodingType') === 'url' ? decodeUrl : (text: string): string => text;
  const objects = elements(xml, 'Contents').map(
    (object): ListEntry => ({
      kind: 'object',
      key: decode(textIn(object, 'Key') ?? ''),
      size: Number(textIn(object, 'Size') ?? 0),
      etag: plainEtag(textIn(object, 'ETag')),
      lastModified: wholeSeconds(textIn(object, 'LastModified')),
    }),
  );
  const prefixes = elements(xml, 'CommonPrefixes').map(
    (one): ListEntry => ({ kind: 'prefix', prefix: decode(textIn(one, 'Prefix') ?? '') }),
  );
  const entries =
    prefixes.length === 0
      ? objects
      : [...objects, ...prefixes].sort((a, b) => compareKeys(nameOf(a), nameOf(b)));
  const more = textIn(xml, 'IsTruncated') === 'true';
  return { entries, next: more ? textIn(xml, 'NextContinuationToken') : undefined };
}

/** The text of the first element of this name, unescaped; undefined when there is none. */
export function textIn(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
  return text === undefined ? undefined : unescaped(text);
}

/** What is within each element of this name. None of those that S3 answers with holds one of its own name. */
export function elements(xml: string, name: string): string[] {
  return xml
    .split(`<${name}>`)
    .slice(1)
    .map((rest) => rest.slice(0, rest.indexOf(`</${name}>`)));
}

export function deleteRequest(keys: readonly string[]): string {
  const objects = keys.map((key) => `<Object><Key>${escaped(key)}</Key></Object>`);
  return `<Delete><Quiet>true</Quiet>${objects.join('')}</Delete>`;
}

export function completeRequest(
  parts: readonly { readonly number: number; readonly etag: string }[],
): string {
  const list = parts.map(
    ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>"${escaped(etag)}"</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
}

/** Listings tell milliseconds where all else tells seconds; an object has one time. */
function wholeSeconds(time = ''): Date {
  return new Date(Math.floor(Date.parse(time) / 1000) * 1000);
}

function nameOf(entry: ListEntry): string {
  return entry.kind === 'object' ? entry.key : entry.prefix;
}

function decodeUrl(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name as string] ?? (whole as string);
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex as string, 16));
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
