import { readFileSync } from 'node:fs';
import {
  number,
  type ResolveOptions,
  resolveConfig,
  resolveConfigSync,
  section,
  text,
  type Values,
} from '@skein/config';
import { parseAddress } from './client/address.ts';
import { clusterOf, DEFAULT_TIMES } from './client/cluster.ts';
import type { Times } from './client/pending.ts';
import { Dso } from './dso.ts';
import { type Embedded, embed } from './embedded.ts';
import { prepareToShip } from './user/ship.ts';

/** Where shared objects are and how they are reached. What is not said here is looked for in variables and files. */
export interface ConnectOptions {
  /** Asked for by servers that were started with --auth-token-file. Never part of a handle. */
  readonly token?: string;
  /** The same, from a file. */
  readonly tokenFile?: string;
  /** Certificates that are trusted, for `dsos:` and `grpcs:`: the path of a PEM file. @default the system's */
  readonly caFile?: string;
  /** The client's own certificate and key, where the server asks for one: paths of PEM files. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The name in the server's certificate. @default its host */
  readonly servername?: string;
  /** How long a call may take that waits for nobody, milliseconds. @default 30000 */
  readonly timeoutMs?: number;
  /** How long one may take that waits for others, milliseconds. @default 600000 */
  readonly waitTimeoutMs?: number;
  /**
   * How long after its last sign of life this process counts as dead, milliseconds: what it holds is freed then. Who
   * connects with another one has a session of its own.
   * @default 10000
   */
  readonly sessionTtlMs?: number;
  /** Embedded only: how long a method of a user's class may run, milliseconds. @default 30000 */
  readonly userCodeTimeLimitMs?: number;
}

const SCHEMA = {
  dso: section({
    url: text(),
    token: text({ secret: true }),
    tokenFile: text(),
    caFile: text(),
    certFile: text(),
    keyFile: text(),
    servername: text(),
    timeoutMs: number({ min: 1 }),
    waitTimeoutMs: number({ min: 1 }),
    sessionTtlMs: number({ min: 100, max: 3_600_000 }),
    userCodeTimeLimitMs: number({ min: 1 }),
  }),
};

/** Embedded objects of this process: all without an address share them. */
let embedded: { readonly node: Embedded; users: number } | undefined;

/**
 * Connects to shared objects: at `url`, else where SKEIN_DSO or a configuration file says, else within this process,
 * where workers on this machine reach them too.
 *
 * @param url `embedded:`, `dso://host:7600,host2:7600`, `dsos://…` (TLS), `grpc://…`, `grpcs://…`
 * @throws {ConfigError} for configuration that is wrong
 * @throws {ConnectionError} when no server answers, or it refuses this client
 *
 * @example
 * await using dso = await connect();
 * const hits = dso.counter('hits');
 * await executor.map(async (page) => hits.increment(), pages);
 * console.log(await hits.tally());
 */
export async function connect(url?: string, options: ConnectOptions = {}): Promise<Dso> {
  const { values } = await resolveConfig(SCHEMA, sourcesOf(url, options));
  // Ready before it is needed: a class is captured at the very call.
  void prepareToShip();
  const dso = openAt(values);
  try {
    await dso.ready();
  } catch (error) {
    await dso.close();
    throw error;
  }
  return dso;
}

/**
 * The same objects as {@link connect}, at once, for constructors and others who cannot wait. Their handles may be made,
 * used and sent to workers in the same turn. The connection is made by the first operation, or by `ready()`; what is
 * called meanwhile waits for it and goes out in the order of the calls. While nobody answers, calls wait until their
 * timeouts, as those of a client that has lost its server; `ready()` says at once why.
 *
 * Who opens and does nothing has no connection, and does not keep the process running. Embedded, the node and its socket
 * are there from now on: a handle takes the socket's path along.
 *
 * What captures classes and functions is loaded by the first call that has one, which blocks for as long; `connect()`
 * loads it in the background.
 *
 * @throws {ConfigError} for configuration that is wrong; also for a `skein.config.{ts,mjs}` that awaits something,
 *   unless `connect()` or something else has read it before
 * @throws {DsoError} 'bad-argument' for an address that is none
 *
 * @example
 * const jobs = open().queue<string>('jobs');
 * void jobs.put('first');
 */
export function open(url?: string, options: ConnectOptions = {}): Dso {
  return openAt(resolveConfigSync(SCHEMA, sourcesOf(url, options)).values);
}

/** The address that {@link connect} takes without one: of a variable or a configuration file, if any says so. */
export async function configuredUrl(): Promise<string | undefined> {
  return (await resolveConfig(SCHEMA, sourcesOf(undefined, {}))).values.dso?.url;
}

function sourcesOf(url: string | undefined, options: ConnectOptions): ResolveOptions {
  const { SKEIN_DSO, ...env } = process.env;
  return {
    explicit: { dso: { ...options, ...(url === undefined ? {} : { url }) } },
    env: SKEIN_DSO === undefined ? env : { SKEIN_DSO_URL: SKEIN_DSO, ...env },
    foreign: 'all',
  };
}

function openAt({ dso = {} }: Values<typeof SCHEMA>): Dso {
  // Those of calls belong to what is given here; others who connect to the same have their own.
  const times: Times = {
    timeoutMs: dso.timeoutMs ?? DEFAULT_TIMES.timeoutMs,
    waitTimeoutMs: dso.waitTimeoutMs ?? DEFAULT_TIMES.waitTimeoutMs,
  };
  const sessionTtlMs = dso.sessionTtlMs ?? DEFAULT_TIMES.sessionTtlMs;
  const at = dso.url ?? 'embedded:';
  if (at === 'embedded:') return openEmbedded(times, sessionTtlMs, dso.userCodeTimeLimitMs);
  const address = parseAddress(at);
  const file = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : readFileSync(path, 'utf8');
  const cluster = clusterOf({
    address,
    token: dso.token ?? file(dso.tokenFile)?.trim(),
    tls: {
      ca: file(dso.caFile),
      cert: file(dso.certFile),
      key: file(dso.keyFile),
      servername: dso.servername,
    },
    ...DEFAULT_TIMES,
    sessionTtlMs,
  });
  return new Dso(cluster, cluster.use(), times);
}

/**
 * The node starts here and not at its first use: a handle that is encoded takes the path of its socket along, and the
 * worker that it is sent to may be there before this process uses an object itself. It costs a folder and a socket, which
 * keep nothing running.
 */
function openEmbedded(times: Times, sessionTtlMs: number, userCodeTimeLimitMs: number | undefined): Dso {
  embedded ??= { node: embed({ userCodeTimeLimitMs }), users: 0 };
  const mine = embedded;
  const { path, started } = mine.node;
  mine.users++;
  started.catch(() => {
    // The next to come tries again.
    if (embedded === mine) embedded = undefined;
  });
  const cluster = clusterOf({
    address: parseAddress(`dso+unix:${path}`),
    token: undefined,
    tls: {},
    ...DEFAULT_TIMES,
    sessionTtlMs,
    started,
  });
  const leave = cluster.use();
  const close = async (): Promise<void> => {
    await leave();
    mine.users--;
    if (mine.users > 0) return;
    if (embedded === mine) embedded = undefined;
    // Handles that have travelled may use it still: there is nothing left to be used.
    await cluster.close();
    await mine.node.close();
  };
  return new Dso(cluster, close, times);
}
