/**
 * One of several processes that use the same objects: `objects.ts <address>`, a share of the work a message. Says first
 * that it is connected.
 */
import { type Address, open } from '../objects/objects.ts';
import { type Share, work } from '../objects/work.ts';

const objects = await open(JSON.parse(process.argv[2]!) as Address);

process.on('message', (share: Share) => {
  void work(objects, share).then((done) => process.send!(done));
});
process.send!('connected');
process.once('disconnect', () => void objects.close());
