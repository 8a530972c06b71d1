// The least that a second process costs: `node -e 0`, then the fork of a script that only speaks, up to its message.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';

const start = performance.now();
await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
const [answer] = await once(fork(new URL('first-message.mjs', import.meta.url), { execArgv: [] }), 'message');
console.log(JSON.stringify({ ms: performance.now() - start, answer }));
