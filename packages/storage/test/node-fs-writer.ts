/** A process that uses a view while others do: `node node-fs-writer.ts <root> <task> <name> <times>`. */
import { once } from 'node:events';
import { Storage } from '@skein/storage';
import { nodeFs } from '@skein/storage/node-fs';

const [root, task, name, times] = process.argv.slice(2) as [string, string, string, string];
const fs = nodeFs(new Storage({ kind: 'fs', root }), { bucket: 'b' });
const lines = Array.from({ length: Number(times) }, (_, i) => `${name}:${i}\n`);

process.send?.('ready');
await once(process, 'message');
let done = 0;
switch (task) {
  case 'append':
    for (const line of lines) await fs.appendFile('log', line);
    break;
  case 'handle':
    for (const line of lines) {
      await using handle = await fs.open('log', 'a');
      await handle.write(line);
    }
    break;
  case 'stream':
    for (const line of lines) {
      await new Promise((resolve, reject) => {
        fs.createWriteStream('log', { flags: 'a' })
          .on('error', reject)
          .on('close', () => resolve(undefined))
          .end(line);
      });
    }
    break;
  case 'lock':
    for (const line of lines) {
      // A directory is the lock: one makes it, as on a disk.
      const made = await fs.mkdir(`lock-${line.split(':')[1]!.trim()}`).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
          return false;
        },
      );
      if (made) done++;
    }
    break;
  default:
    throw new Error(`no task ${task}`);
}
process.send?.({ done });
process.disconnect();
