/** A program that removes what another has kept until its end: `<storage handle, base64> <bucket> <prefix>`. */
import { CREDENTIALS_VARIABLE, decode, takeCredentials } from '@skein/codec';
import { Storage } from '@skein/storage';
import { markerKey } from './marker.ts';
import { removeTree } from './remove-tree.ts';

const { [CREDENTIALS_VARIABLE]: credentials } = process.env;
if (credentials !== undefined) takeCredentials(credentials);
const [handle = '', bucket = '', prefix = ''] = process.argv.slice(2);
const storage = decode(Buffer.from(handle, 'base64'));
if (!(storage instanceof Storage) || bucket === '' || !/^jobs\/[^/]+$/.test(prefix))
  throw new TypeError('a cleaner is told a storage, a bucket and jobs/<programId>');
await removeTree(storage, bucket, `${prefix}/`, { last: markerKey(prefix) });
