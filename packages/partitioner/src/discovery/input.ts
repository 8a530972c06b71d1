/** Inputs as people write them, before anything is looked at. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataObject } from '../data-object.ts';
import { badArgument, masked } from '../errors.ts';
import { type WebAddress, webAddress } from '../source/web-address.ts';
import { checkBucketScheme } from '../storages.ts';

/**
 * Where data is: `'s3://bucket/prefix/'`, `'bucket'`, `'bucket/key'`, `'bucket/a/*.csv'`, `'https://…'`, `'./file'`,
 * `'/folder'`, `'./a/*.csv'`; `{ bucket, key }` where a key is not to be read as a pattern; what {@link discover} gave.
 */
export type Input = string | URL | { readonly bucket: string; readonly key: string } | DataObject;
/** One or many, of mixed kinds. */
export type Inputs = Input | Iterable<Input> | AsyncIterable<Input>;

/** An input, understood. `shown` is what errors call it. */
export type Place = { readonly shown: string } & (
  | { readonly kind: 'known'; readonly object: DataObject }
  | { readonly kind: 'url'; readonly address: WebAddress }
  | { readonly kind: 'path'; readonly path: string }
  | BucketPlace
);

export interface BucketPlace {
  readonly kind: 'bucket';
  readonly shown: string;
  /** Of which store, if the input says so. */
  readonly scheme: string | undefined;
  readonly bucket: string;
  /** A key, a prefix that ends with '/', or a glob; '' for all of the bucket. */
  readonly key: string;
  /** The key is meant literally. */
  readonly exact?: boolean;
}

/** Objects that go through discovery and cutting together. */
export const LIST = 64;

const EXPECTED = "an address, a path, 'bucket/key', { bucket, key }, or an object that was discovered";

/** @throws {PartitionError} `bad-argument` */
export function placeOf(input: Input): Place {
  if (input instanceof URL) return placeOf(input.href);
  if (typeof input === 'string') return placeOfText(input);
  if (typeof input !== 'object' || input === null) throw badArgument('an input', EXPECTED, input);
  if ('kind' in input) return knownPlace(input);
  const { bucket, key } = input;
  if (typeof bucket !== 'string' || typeof key !== 'string' || key === '')
    throw badArgument('an input', EXPECTED, input);
  return { kind: 'bucket', shown: `${bucket}/${key}`, scheme: undefined, bucket, key, exact: true };
}

function placeOfText(input: string): Place {
  if (input === '' || input.includes('\0')) throw badArgument('an input', EXPECTED, input);
  if (/^(?:\.{0,2}\/|\.{1,2}$)/.test(input)) return { kind: 'path', shown: input, path: resolve(input) };
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(input)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return bucketPlace(input, undefined, input);
    case 'http':
    case 'https':
      return urlPlace(input);
    case 'file':
      return { kind: 'path', shown: input, path: filePath(input) };
    default: {
      checkBucketScheme(scheme, input);
      const [, rest = ''] = /^[^:]+:\/\/(.*)$/s.exec(input) ?? [];
      if (rest === '' || rest.startsWith('/')) throw badArgument('an input', `${scheme}://bucket/key`, input);
      if (/^[^/]*@/.test(rest)) {
        const expected = `${scheme}://bucket/key without user and password, which belong into the option storage`;
        throw badArgument('an input', expected, masked(input));
      }
      return bucketPlace(rest, scheme, input);
    }
  }
}

function bucketPlace(text: string, scheme: string | undefined, shown: string): Place {
  const slash = text.indexOf('/');
  const [bucket, key] = slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1)];
  if (/[*?[\]{}]/.test(bucket))
    throw badArgument('the bucket of an input', 'a name without wildcards', bucket);
  return { kind: 'bucket', shown, scheme, bucket, key };
}

function urlPlace(input: string): Place {
  if (!URL.canParse(input)) throw badArgument('an input', 'a URL', masked(input));
  const address = webAddress(new URL(input));
  return { kind: 'url', shown: address.url, address };
}

/** Of 'file:///a%20b' as a URL says, of 'file:/a b' and 'file:a/b' literally, as in addresses of storages. */
function filePath(input: string): string {
  const rest = input.slice('file:'.length);
  if (rest === '') throw badArgument('an input', "a path after 'file:'", input);
  return rest.startsWith('//') ? fileURLToPath(input) : resolve(rest);
}

function knownPlace(object: DataObject): Place {
  const { kind, size } = object;
  const named =
    (kind === 'object' && typeof object.bucket === 'string' && typeof object.key === 'string') ||
    (kind === 'file' && typeof object.path === 'string') ||
    (kind === 'url' && typeof object.url === 'string');
  const sized = Number.isSafeInteger(size) || (kind === 'url' && size === undefined);
  if (!named || !sized) throw badArgument('an input', EXPECTED, object);
  return { kind: 'known', shown: kind, object };
}

/**
 * The places of all inputs. What can be read without waiting is checked at once.
 *
 * @throws {PartitionError} `bad-argument`
 */
export function placesOf(inputs: Inputs): readonly Place[] | AsyncIterable<Place> {
  if (typeof inputs !== 'object' || inputs === null) return [placeOf(inputs)];
  if (Symbol.asyncIterator in inputs) return later(inputs);
  return Symbol.iterator in inputs ? Array.from(inputs, placeOf) : [placeOf(inputs)];
}

async function* later(inputs: AsyncIterable<Input>): AsyncGenerator<Place, void, undefined> {
  for await (const input of inputs) yield placeOf(input);
}
