/** Values as the bodies of entries, and back: large arrays within them are read where they lie. */
import { decode, encode, prepare } from '@skein/codec';
import { isArrowTable } from '@skein/codec/node';
import { tables } from './arrow.ts';
import type { Entry } from './tier.ts';

/**
 * A value for the tiers below memory. The large parts are the value's own memory, not copied.
 *
 * @throws {CaptureError} for what cannot leave the process, with the path to it
 */
export async function packValue(value: unknown): Promise<Pick<Entry, 'kind' | 'body'>> {
  if (isArrowTable(value)) return { kind: 'arrow', body: await tables.pack(value) };
  // Tiers have checksums of their own, over all of it.
  return { kind: 'value', body: encode(value, { checksum: 'head' }).parts() };
}

/** An error of a loader, for others who wait for the same value: as much of it as can travel. */
export function packError(error: unknown): Pick<Entry, 'kind' | 'body'> {
  return { kind: 'error', body: encode(error, { root: 'error', dropped: () => {} }).parts() };
}

/** The value, or the error, of an entry that a tier has given: its body is one piece. */
export async function unpack({ kind, body }: Entry): Promise<unknown> {
  const bytes = body[0]!;
  if (kind === 'arrow') return tables.unpack(bytes);
  await prepare(bytes);
  return decode(bytes);
}

export function bytesOf({ body }: Pick<Entry, 'body'>): number {
  return body.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
