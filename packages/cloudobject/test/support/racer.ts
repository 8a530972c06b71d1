/** One of several processes that use one store at a time: told by its arguments what to do, it says when it is ready. */
import { once } from 'node:events';
import { CloudObjectError, cached, clean, cloudObject, collect, stateful } from '@skein/cloudobject';
import { CREDENTIALS_VARIABLE, takeCredentials } from '@skein/codec';
import { Storage } from '@skein/storage';

const [task = '', address = '', count = '1'] = process.argv.slice(2);
const credentials = process.env[CREDENTIALS_VARIABLE];
if (credentials !== undefined) takeCredentials(credentials);
const storage = new Storage(address.startsWith('{') ? JSON.parse(address) : address);
const times = Number(count);

async function run(): Promise<unknown> {
  switch (task) {
    case 'cached':
      return cached(
        'value',
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          return { by: process.pid };
        },
        { storage },
      );
    case 'hold':
      // Computes until it is killed.
      return cached('value', () => new Promise(() => process.send?.('computing')), { storage });
    case 'stateful': {
      const add = stateful('sum', { n: 0 }, (state, by: number) => (state.n += by), { storage });
      const seen: number[] = [];
      for (let i = 0; i < times; i++) seen.push(await add(1));
      return seen;
    }
    case 'write': {
      const made: string[] = [];
      for (let i = 0; i < times; i++) made.push((await cloudObject({ i }, { storage, scope: 'shared' })).key);
      return made;
    }
    case 'read': {
      // Whatever is there is read whole, or said to be gone.
      const found = { read: 0, gone: 0 };
      for (let i = 0; i < times; i++) {
        for await (const object of collect('shared', { storage })) {
          try {
            await object.get();
            found.read++;
          } catch (error) {
            if (!(error instanceof CloudObjectError && error.code === 'cleaned')) throw error;
            found.gone++;
          }
        }
      }
      return found;
    }
    case 'clean': {
      let objects = 0;
      for (let i = 0; i < times; i++) objects += (await clean('shared', { storage })).objects;
      return objects;
    }
    default:
      throw new Error(`no task '${task}'`);
  }
}

process.send?.('ready');
await once(process, 'message');
const alive = setInterval(() => {}, 1_000);
process.send?.({ result: await run() });
clearInterval(alive);
process.disconnect();
