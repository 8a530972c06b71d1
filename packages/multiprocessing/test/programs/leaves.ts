/** Ends with all kinds of things left as they are: nothing is closed, terminated or joined. */
import { Lock, Manager, Pipe, Pool, Process, Queue, Value } from '@skein/multiprocessing';

const queue = new Queue<number>();
await queue.put(1);
const lock = new Lock();
await lock.acquire();
const [here, there] = Pipe<number>();
const value = new Value('i', 5);
const manager = new Manager();
await manager.list([1, 2, 3]).length();
const pool = new Pool(1);
await pool.map(async (x: number) => value.add(x), [1, 2]);
// Not read to its end, which does not come.
const results = pool.imap((x: number) => x * x, naturals());
await results.next();
function* naturals(): Generator<number> {
  for (let i = 1; ; i++) yield i;
}
const daemon = new Process({
  target: async (connection: typeof there) => {
    await connection.send(7);
    for (;;) await connection.recv();
  },
  args: [there],
  daemon: true,
});
daemon.start();
// Waited for, though nobody says so.
new Process({ target: async () => queue.put(await value.get()) }).start();
console.log(await here.recv(), process.pid);
