/**
 * Metadata of blobs: its names must be identifiers of C#, its values what a header holds. Any other character of a name
 * is told as two underscores and its code in hexadecimal, and so is an underscore that another one follows, as one that is
 * not ours could be read like that.
 */
import type { Metadata } from '../driver.ts';
import { fromHeaders, toHeaders } from '../network/header-metadata.ts';

export function toBlobMetadata(metadata: Metadata): Record<string, string> {
  return renamed(toHeaders(metadata), (name) =>
    name.replace(/[-.]|^\d|_(?=_)/g, (character) => `__${character.charCodeAt(0).toString(16)}`),
  );
}

/** Names are told as they were written, which others may have done in capitals. */
export function fromBlobMetadata(metadata: Metadata): Metadata {
  return renamed(fromHeaders(metadata), (name) =>
    name
      .toLowerCase()
      .replace(/__([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  );
}

function renamed(metadata: Metadata, rename: (name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [rename(name), value]));
}
