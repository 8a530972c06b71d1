/** A program that makes an object outside of calls, says where, and ends in one of several ways. */
import { cloudObject } from '@skein/cloudobject';
import { Storage } from '@skein/storage';

const [end = '', address = ''] = process.argv.slice(2);
const storage = new Storage(address);
const { key } = await cloudObject('mine', { storage });
await cloudObject('stays', { storage, scope: 'named' });
console.log(key);
if (end === 'exit') process.exit(3);
if (end === 'throw')
  setImmediate(() => {
    throw new Error('as intended');
  });
if (end === 'hang') setInterval(() => {}, 1_000);
