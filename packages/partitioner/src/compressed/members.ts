import type { Cut } from '../format/format.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { findMember, unpackedLength } from './bgzf.ts';
import { gunzip } from './gzip.ts';
import { UnpackedSource } from './unpacked-source.ts';

/**
 * The lines of a part of BGZF: those behind newlines that begin in the members that begin in its cut, and the first part's
 * first line. Position 0 is where its first member begins. The format within looks back from a part's start by the length
 * of a newline, so that is where its own bytes start: it finds the first newline in what the part has, and goes on through
 * the one that begins behind the part's last member. So no part unpacks what is before it.
 *
 * Its members are held in memory as they are, packed: only the last of them tells how long the part is.
 *
 * @param lookBack bytes before a part's start that the format within looks at
 */
export async function openMembers(
  source: ByteSource,
  cut: Cut,
  lookBack: number,
  signal?: AbortSignal,
): Promise<{ readonly source: ByteSource; readonly cut: Cut }> {
  const { size = 0 } = source;
  const [first, behind] = await Promise.all([
    findMember(source, cut.start, size, signal),
    findMember(source, cut.end, size, signal),
  ]);
  const members = await source.read(first, behind, signal);
  const before = new UnpackedSource(source, (stop) => source.stream(0, first, stop), gunzip);
  async function* packed(stop?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    if (members.length > 0) yield members;
    if (behind < size) yield* source.stream(behind, undefined, stop);
  }
  return {
    source: new UnpackedSource(source, packed, gunzip, first === 0 ? undefined : before),
    cut: { start: first === 0 ? 0 : lookBack, end: unpackedLength(members, source.name) + lookBack },
  };
}
