/** Keeps a lease at all members: says that its program lives, and when it ends. */
import { randomUUID } from 'node:crypto';
import type { Lease } from '../lease.ts';
import type { Cluster } from './cluster.ts';
import type { Link } from './link.ts';

/** Signs of life within the time of a lease: most of them may get lost. */
const SIGNS = 6;
/** How often it is looked whether one is due, at most, milliseconds: soon after a machine has slept. */
const LOOK_MS = 30_000;
/** How long the end is told to members that do not answer, milliseconds: they find it out by themselves. */
const END_MS = 5000;
/** The first attempt may be by a connection that has broken meanwhile. */
const END_ATTEMPTS = 2;

export class LeaseKeeper {
  readonly lease: Lease;
  readonly #cluster: Cluster;
  readonly #timer: NodeJS.Timeout;
  /** When all members had heard of it, by the clock that goes on while the machine sleeps. */
  #heardAt: number = Date.now();
  #isTelling = false;
  #ending: Promise<void> | undefined;

  constructor(cluster: Cluster, ttlMs: number) {
    this.lease = { id: randomUUID(), ttlMs };
    this.#cluster = cluster;
    this.#timer = setInterval(() => void this.#look(), Math.min(ttlMs / SIGNS / 2, LOOK_MS)).unref();
    endWithProcess(this);
  }

  /** Resolves when the objects are gone, at all members that can be reached. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** The process ends now: what is written to a socket still leaves; over gRPC it does not, and the time has to run out. */
  tellEnd(): void {
    for (const link of this.#cluster.links) link.tell('end-lease', [this.lease.id]);
  }

  /** Everywhere: objects may have been made by workers where this process has never been. */
  async #look(): Promise<void> {
    const elapsed = Date.now() - this.#heardAt;
    // Less than nothing: the clock was set.
    const isDue = elapsed < 0 || elapsed >= this.lease.ttlMs / SIGNS;
    if (!isDue || this.#isTelling || this.#ending !== undefined) return;
    this.#isTelling = true;
    const at = Date.now();
    try {
      const links = await this.#cluster.everyLink();
      const told = await Promise.allSettled(
        links.map((link) => link.administer('renew-lease', [this.lease.id])),
      );
      // Those that did not hear it are told again soon, with all others.
      if (told.every(({ status }) => status === 'fulfilled')) this.#heardAt = at;
    } catch {
      // Nobody can be reached: it is tried again.
    }
    this.#isTelling = false;
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS);
    });
    await Promise.race([this.#endEverywhere(), late]);
    clearTimeout(timer);
    keepers.delete(this);
  }

  async #endEverywhere(): Promise<void> {
    const links = await this.#cluster.everyLink().catch((): Link[] => []);
    await Promise.all(links.map((link) => this.#endAt(link)));
  }

  async #endAt(link: Link): Promise<void> {
    for (let attempt = 0; attempt < END_ATTEMPTS; attempt++) {
      try {
        await link.administerInOrder('end-lease', [this.lease.id]);
        return;
      } catch {
        // Whoever is not told finds it out when the time is over.
      }
    }
  }
}

/** Those of this process that have not ended. */
const keepers = new Set<LeaseKeeper>();
let hears = false;

/** A program need not close what it has: its end is told too, unless it is killed. */
function endWithProcess(keeper: LeaseKeeper): void {
  keepers.add(keeper);
  if (hears) return;
  hears = true;
  // It has nothing left to do.
  process.on('beforeExit', () => {
    for (const one of keepers) void one.end();
  });
  // By `process.exit()`, or an error that nobody has caught.
  process.on('exit', () => {
    for (const one of keepers) one.tellEnd();
  });
}
