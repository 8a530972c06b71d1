/** Uses the store of its argument, leaves it open, and has nothing more to do. */
import { Storage } from '@skein/storage';

const storage = new Storage(JSON.parse(process.argv[2] ?? ''));
await storage.createBucket('idle');
await storage.putObject('idle', 'a', 'still here');
console.log(`here: ${await storage.getObject('idle', 'a')}`);
