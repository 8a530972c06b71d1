import { Piscina } from 'piscina';

const filename = new URL('../contestants/workers/increment.mjs', import.meta.url).href;
const pool = new Piscina({ filename, maxThreads: 2 });
console.log(await pool.run(41));
await pool.destroy();
