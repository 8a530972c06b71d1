import { codeOf, PartitionError } from '../errors.ts';
import { shownBytes } from '../sizes.ts';
import { decode } from './decode.ts';
import { checkUtf8 } from './utf8.ts';

/**
 * Bytes as one text, as {@link decode} reads them.
 *
 * @throws {PartitionError} `malformed` for what is no text by its first bytes, `unsupported` for more than a string can hold
 */
export function wholeText(bytes: Uint8Array, name: string, atStart: boolean): string {
  if (atStart) checkUtf8(bytes, name);
  try {
    return decode(bytes, atStart);
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_STRING_TOO_LONG') throw cause;
    const message = `${name}: ${shownBytes(bytes.length)} are more than one text can hold: read them by lines or records`;
    throw new PartitionError('unsupported', message, { object: name, cause });
  }
}
