/** The program of a background cleaner: `--clean <storage handle, base64> <bucket> <prefix>`. */
import { markerKey, removeTree } from '@skein/cloudobject/temporary';
import { decode } from '@skein/codec';
import { Storage } from '@skein/storage';

/** Workers that are being ended may still write something: it looks again until it finds nothing, this often at most. */
const MOST_ROUNDS = 10;

export async function runCleaner(args: readonly string[]): Promise<void> {
  const [handle = '', bucket = '', prefix = ''] = args;
  const storage = decode(Buffer.from(handle, 'base64'));
  if (!(storage instanceof Storage) || bucket === '' || !/^jobs\/[^/]+$/.test(prefix))
    throw new TypeError('a cleaner is told a storage, a bucket and jobs/<executorId>');
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { objects } = await removeTree(storage, bucket, `${prefix}/`, { last: markerKey(prefix) });
    if (objects === 0) return;
  }
}
