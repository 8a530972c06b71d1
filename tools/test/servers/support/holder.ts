/** Starts a server, says which, and then, by its argument, waits for its own end, leaves, or fails. */
import { startHello } from './hello.ts';

const { url, pids } = await startHello();
console.log(JSON.stringify({ url, pids }));
switch (process.argv[2]) {
  case 'leaves':
    process.exit(0);
    break;
  case 'fails':
    throw new Error('on purpose');
}
