import { readFile } from 'node:fs/promises';
import { number, resolveConfig, section, text } from '@skein/config';
import { parseAddress } from './client/address.ts';
import { type Cluster, clusterOf, DEFAULT_TIMES } from './client/cluster.ts';
import type { Times } from './client/pending.ts';
import { Dso } from './dso.ts';
import { type Embedded, embed } from './embedded.ts';
import { ConnectionError } from './errors.ts';
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

/** Embedded objects of this process: all `connect()` without an address share them. */
let embedded: { readonly opening: Promise<Embedded>; users: number } | undefined;

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
  const { SKEIN_DSO, ...env } = process.env;
  const config = await resolveConfig(SCHEMA, {
    explicit: { dso: { ...options, ...(url === undefined ? {} : { url }) } },
    env: SKEIN_DSO === undefined ? env : { SKEIN_DSO_URL: SKEIN_DSO, ...env },
    foreign: 'all',
  });
  const { dso = {} } = config.values;
  // Ready before it is needed: a class is captured at the very call.
  void prepareToShip();
  // Those of calls belong to what is given here; others who connect to the same have their own.
  const times: Times = {
    timeoutMs: dso.timeoutMs ?? DEFAULT_TIMES.timeoutMs,
    waitTimeoutMs: dso.waitTimeoutMs ?? DEFAULT_TIMES.waitTimeoutMs,
  };
  const sessionTtlMs = dso.sessionTtlMs ?? DEFAULT_TIMES.sessionTtlMs;
  const at = dso.url ?? 'embedded:';
  if (at === 'embedded:') return connectEmbedded(times, sessionTtlMs, dso.userCodeTimeLimitMs);
  const address = parseAddress(at);
  const file = (path: string | undefined): Promise<string> | undefined =>
    path === undefined ? undefined : readFile(path, 'utf8');
  const [fromFile, ca, cert, key] = await Promise.all([
    file(dso.tokenFile),
    file(dso.caFile),
    file(dso.certFile),
    file(dso.keyFile),
  ]);
  const cluster = clusterOf({
    address,
    token: dso.token ?? fromFile?.trim(),
    tls: { ca, cert, key, servername: dso.servername },
    ...DEFAULT_TIMES,
    sessionTtlMs,
  });
  return opened(cluster, cluster.use(), times);
}

async function connectEmbedded(
  times: Times,
  sessionTtlMs: number,
  userCodeTimeLimitMs: number | undefined,
): Promise<Dso> {
  embedded ??= { opening: embed({ userCodeTimeLimitMs }), users: 0 };
  const mine = embedded;
  mine.users++;
  const node = await mine.opening.catch((error: unknown) => {
    // The next to come tries again.
    if (embedded === mine) embedded = undefined;
    throw error;
  });
  const cluster = clusterOf({
    address: parseAddress(`dso+unix:${node.path}`),
    token: undefined,
    tls: {},
    ...DEFAULT_TIMES,
    sessionTtlMs,
  });
  const leave = cluster.use();
  const close = async (): Promise<void> => {
    await leave();
    mine.users--;
    if (mine.users > 0) return;
    if (embedded === mine) embedded = undefined;
    // Handles that have travelled may use it still: there is nothing left to be used.
    await cluster.close();
    await node.close();
  };
  return opened(cluster, close, times);
}

async function opened(cluster: Cluster, leave: () => Promise<void>, times: Times): Promise<Dso> {
  try {
    await cluster.open();
  } catch (error) {
    await leave();
    if (error instanceof ConnectionError || error instanceof AggregateError) throw error;
    throw new ConnectionError('not-connected', `cannot reach ${cluster.url}: ${String(error)}`, {
      cause: error,
    });
  }
  return new Dso(cluster, leave, times);
}
