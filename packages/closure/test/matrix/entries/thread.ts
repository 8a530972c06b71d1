import { Worker } from 'node:worker_threads';

// Runs the ES module entry beside it in a worker thread; its failure is this process's failure.
new Worker(new URL('./esm.ts', import.meta.url));
