/**
 * Renews leases from a thread of its own: a main thread that is busy for longer than a lease would lose it, and with it
 * thousands of slots, whose moves would make it busier still.
 *
 * It only has others wait for longer. What the holder of a lease believes of it goes by its own renewals (D4), of which
 * it may be late: then it answers nothing until the next one, and goes on where it was. For a main thread that never comes
 * back nobody waits in vain: without a sign of life from it the thread stops (as the heartbeats of Kafka's consumers do,
 * KIP-62).
 */
import { Worker } from 'node:worker_threads';

/** What the main thread may miss, in times of the lease. */
const BRIDGED = 3;
/** Renewals within its time. */
const RENEWALS = 3;

export class RenewalThread {
  readonly #endpoints: readonly string[];
  #thread: Worker | undefined;
  #isOver = false;

  /** @param endpoints of etcd: asked in turn, each until it fails */
  constructor(endpoints: readonly string[]) {
    this.#endpoints = endpoints;
  }

  /** The main thread lives, and holds a lease of this length. */
  holds(lease: string, ttlMs: number): void {
    if (this.#isOver) return;
    this.#thread ??= this.#start();
    this.#thread.postMessage({ lease, everyMs: Math.floor(ttlMs / RENEWALS), forMs: ttlMs * BRIDGED });
  }

  ended(lease: string): void {
    this.#thread?.postMessage({ lease });
  }

  close(): void {
    this.#isOver = true;
    void this.#thread?.terminate();
    this.#thread = undefined;
  }

  #start(): Worker {
    // Text, because a bundle of one file has no other file to start a thread from.
    const thread = new Worker(THREAD, {
      eval: true,
      workerData: this.#endpoints,
      stdout: false,
      stderr: false,
      execArgv: [],
      env: {},
    });
    thread.unref();
    // Without it the main thread renews alone, as before it started.
    thread.on('error', () => this.close());
    return thread;
  }
}

const THREAD = `
const { parentPort, workerData: endpoints } = require('node:worker_threads');
const leases = new Map();
let at = 0;
const renew = async (ID, timeoutMs) => {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const url = endpoints[at % endpoints.length] + '/v3/lease/keepalive';
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ ID }), signal });
    await response.arrayBuffer();
    if (!response.ok) at++;
  } catch {
    at++;
  }
};
parentPort.on('message', ({ lease, everyMs, forMs }) => {
  const known = leases.get(lease);
  if (everyMs === undefined) {
    clearInterval(known?.timer);
    leases.delete(lease);
    return;
  }
  const until = performance.now() + forMs;
  if (known !== undefined) {
    known.until = until;
    return;
  }
  const held = { until, timer: undefined };
  held.timer = setInterval(() => {
    if (performance.now() < held.until) void renew(lease, everyMs);
    else {
      clearInterval(held.timer);
      leases.delete(lease);
    }
  }, everyMs);
  leases.set(lease, held);
});
`;
