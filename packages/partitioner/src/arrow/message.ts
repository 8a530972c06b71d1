/**
 * Messages of Arrow's IPC formats: a length, metadata as a flatbuffer, and a body of buffers.
 * https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 */
import type { Message } from 'apache-arrow';
import { malformed, messageOf } from '../errors.ts';
import type { Range } from '../source/ranges.ts';
import type { Arrow } from './load.ts';

/** Where a message lies: its metadata, with the length before it, and its body behind. Bytes. */
export interface Block {
  readonly offset: number;
  readonly metadata: number;
  readonly body: number;
}

export function metadataOf({ offset, metadata }: Block): Range {
  return { start: offset, end: offset + metadata };
}

export function bodyOf({ offset, metadata, body }: Block): Range {
  return { start: offset + metadata, end: offset + metadata + body };
}

/** What stands before the metadata of messages: four bytes of ones, which files from before 2019 lack, and the length. */
const CONTINUATION = 0xffffffff;

/** How many bytes the metadata takes with what stands before it; 0 at the end of a stream. */
export function metadataLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 4) return 0;
  const first = view.getUint32(0, true);
  if (first !== CONTINUATION) return first === 0 ? 0 : first + 4;
  const length = view.byteLength < 8 ? 0 : view.getUint32(4, true);
  return length === 0 ? 0 : length + 8;
}

/** The message whose metadata these bytes begin with. */
export function decodeMessage(
  arrow: Arrow,
  name: string,
  offset: number,
  bytes: Uint8Array | undefined,
): Message {
  const length = bytes === undefined ? 0 : metadataLength(bytes);
  if (bytes === undefined || length === 0 || length > bytes.length)
    throw malformed(
      name,
      `expected a message of Arrow at byte ${offset}, and there is none: the file is cut off or damaged`,
    );
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const message = arrow.Message.decode(
      bytes.subarray(view.getUint32(0, true) === CONTINUATION ? 8 : 4, length),
    );
    if (message.bodyLength < 0 || arrow.MessageHeader[message.headerType] === undefined)
      throw new Error('no message');
    return message;
  } catch (cause) {
    throw malformed(name, `expected a message of Arrow at byte ${offset}: ${messageOf(cause)}`, cause);
  }
}
