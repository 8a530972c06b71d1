import { setTimeout as delay } from 'node:timers/promises';
import {
  type ClusterOptions,
  clusterName,
  type Durability,
  type DurabilityOptions,
  etcdCoordinator,
  type Listening,
  listName,
  Node,
  openDurability,
  type SnapshotStore,
  UserTasks,
} from '@skein/dso/server';
import { openPages, openPath, openPlace } from './doors.ts';
import { Gate } from './gate.ts';
import { GrpcService } from './grpc.ts';
import { healthPages } from './health-pages.ts';
import { type Log, makeLog } from './log.ts';
import { DiskTimes, metricsOf } from './metrics.ts';
import { ServerOptionError, type ServerOptions } from './options.ts';
import { type Place, placeText } from './place.ts';
import { type ResolvedServer, resolveOptions } from './resolve.ts';

export { ListenError } from './doors.ts';

export interface RunningServer extends AsyncDisposable {
  /** What it is called among the members. */
  readonly address: string;
  /** The addresses that clients give to `connect()`. */
  readonly urls: readonly string[];
  /** Where metrics are, if anywhere: an URL. */
  readonly metrics: string | undefined;
  /**
   * Ends in peace, within `drainTimeoutMs`: in a cluster of etcd all it holds goes to others, while it answers; then nothing
   * new is let in, what runs is answered; then {@link close}.
   */
  drain(): Promise<void>;
  /** Ends it. Its objects are gone, unless they are on its disk. */
  close(): Promise<void>;
  /** Resolves when its disk has failed. Nothing that writes is answered any more: it is to be closed, and started anew with what its disk has. */
  readonly failed: Promise<Error>;
}

/** What the program adds to the options. */
export interface ServerExtras {
  /** @default none: a server within another program says nothing */
  readonly log?: Log;
  /** Where snapshots go, of this server alone. @default a folder in its data directory */
  readonly snapshots?: SnapshotStore;
}

/**
 * Starts a node of shared objects within this process.
 *
 * @throws {ServerOptionError} with everything that is wrong with the options; nothing has been opened
 * @throws {ListenError} when a place is taken; what was opened before has been closed
 * @throws {DataError} when its data directory is in use, another's, damaged, or cannot be used
 * @throws {JoinError} when etcd has not answered for 30 s
 *
 * @example
 * await using server = await startServer({ listen: '127.0.0.1:0' });
 * const dso = await connect(server.urls[0]);
 */
export async function startServer(
  options: ServerOptions = {},
  { log = makeLog('silent', () => {}, false), snapshots }: ServerExtras = {},
): Promise<RunningServer> {
  const resolved = await resolveOptions(options);
  const userTasks = new UserTasks({
    allowShipped: resolved.allowUserCode,
    timeLimitMs: resolved.userCodeTimeLimitMs,
  });
  await preload(userTasks, resolved.load, log);
  const gate = new Gate();
  let node: Node | undefined;
  const grpc = new GrpcService(gate.by('grpc'), () => node!);
  const pages = healthPages({
    metrics: () => registry,
    isReady: () => isReady && node?.isReady === true && !node.isDraining,
  });
  let registry: ReturnType<typeof metricsOf> | undefined;
  let isReady = false;
  let durability: Durability | undefined;
  const cluster = clusterOf(resolved);
  const diskTimes = new DiskTimes();
  let fail!: (error: Error) => void;
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const doors: Listening[] = [];
  const urls: string[] = [];

  const close = async (): Promise<void> => {
    isReady = false;
    const closed = doors.map((door) => door.close());
    await (node?.close() ?? userTasks.close());
    // The node closes what it was given.
    if (node === undefined) cluster?.coordinator.close();
    grpc.close();
    for (const door of doors) door.destroy();
    pages.close();
    pages.closeAllConnections();
    await Promise.all(closed);
    await durability?.close();
  };

  try {
    const { tls, data } = resolved;
    const other = resolved.sharesGrpc ? grpc.protocol : undefined;
    const secure = tls === undefined ? '' : 's';
    let listens: Place | undefined;
    if (resolved.listen !== undefined) {
      const door = await openPlace('--listen', resolved.listen, gate.by('socket'), { tls, other });
      doors.push(door);
      listens = { ...resolved.listen, port: door.port! };
      urls.push(`dso${secure}://${placeText(listens)}`);
      if (resolved.sharesGrpc) urls.push(`grpc${secure}://${placeText(listens)}`);
    }
    const address = resolved.address(listens);
    if (data !== undefined)
      durability = await openDurability({
        ...data,
        ...(snapshots === undefined ? {} : { snapshots }),
        ...(await ownerOf(resolved, cluster, address)),
        tell: (level, message, fields) => log[level](message, fields),
        onFrame: (frame) => diskTimes.written(frame),
        onSync: (ms) => diskTimes.synced(ms),
        onFailure: (error) => {
          isReady = false;
          fail(error);
        },
      });
    node = new Node({
      address,
      ...(resolved.members === undefined ? {} : { members: resolved.members }),
      cluster,
      limits: resolved.limits,
      token: resolved.token,
      userTasks,
      durability,
      print: (line) => log.info(line, { source: 'object' }),
    });
    gate.lead(node);
    registry = metricsOf(node, gate, diskTimes);
    if (resolved.grpc !== undefined) {
      const door = await openPlace('--grpc', resolved.grpc, gate.by('socket'), {
        tls,
        other: { ...grpc.protocol, begins: Buffer.alloc(0) },
      });
      doors.push(door);
      urls.push(`grpc${secure}://${placeText({ ...resolved.grpc, port: door.port! })}`);
    }
    if (resolved.unix !== undefined) {
      doors.push(await openPath(resolved.unix, gate.by('unix'), { other }));
      urls.push(`dso+unix:${resolved.unix}`);
    }
    const metrics = await openMetrics(resolved, pages);
    await joined(node, resolved);
    isReady = true;
    return running({
      node,
      grpc,
      doors,
      urls,
      metrics,
      resolved,
      failed,
      close,
      unready: () => (isReady = false),
    });
  } catch (error) {
    await close();
    throw error;
  }
}

/** The server cannot become a member of its cluster. */
export class JoinError extends Error {
  override readonly name = 'JoinError';
  readonly code = 'cannot-join' as const;
}

const JOIN_MS = 30_000;

function clusterOf({ etcd, replicas, leaseMs, tls }: ResolvedServer): ClusterOptions | undefined {
  return (
    etcd && {
      coordinator: etcdCoordinator(etcd.endpoints),
      prefix: etcd.prefix,
      replicas,
      leaseMs,
      // Servers trust each other as their clients do, and show each other what they show to those.
      tls: tls && {
        ca: tls.ca as string | undefined,
        cert: tls.cert as string,
        key: tls.key as string,
      },
    }
  );
}

async function joined(node: Node, resolved: ResolvedServer): Promise<void> {
  const end = Date.now() + JOIN_MS;
  while (!node.isReady) {
    if (Date.now() > end) throw noEtcd(resolved);
    await delay(20);
  }
}

/** To whom data belongs: it is not to be found at another server, nor under another list of servers. */
async function ownerOf(
  resolved: ResolvedServer,
  cluster: ClusterOptions | undefined,
  address: string,
): Promise<Pick<DurabilityOptions, 'cluster'>> {
  if (cluster !== undefined) return { cluster: { name: await nameOf(cluster, resolved), address } };
  const { members } = resolved;
  return members === undefined ? {} : { cluster: { name: listName(members), address } };
}

async function nameOf({ coordinator, prefix }: ClusterOptions, resolved: ResolvedServer): Promise<string> {
  try {
    return await clusterName(coordinator, prefix, AbortSignal.timeout(JOIN_MS));
  } catch {
    throw noEtcd(resolved);
  }
}

function noEtcd({ etcd }: ResolvedServer): JoinError {
  return new JoinError(
    `etcd at ${etcd?.endpoints.join(', ')} (--membership) has not answered for ${JOIN_MS / 1000} s`,
  );
}

async function preload(userTasks: UserTasks, modules: readonly string[], log: Log): Promise<void> {
  for (const module of modules) {
    try {
      const names = await userTasks.preload(module);
      log.info(`loaded ${module}`, { names });
    } catch (error) {
      await userTasks.close();
      const why = error instanceof Error ? error.message : String(error);
      throw new ServerOptionError([`--load ${module}: ${why}`]);
    }
  }
}

async function openMetrics(
  { metrics }: ResolvedServer,
  pages: ReturnType<typeof healthPages>,
): Promise<string | undefined> {
  if (metrics === undefined) return undefined;
  const port = await openPages(metrics, pages);
  return `http://${placeText({ ...metrics, port })}/metrics`;
}

interface Parts {
  readonly node: Node;
  readonly grpc: GrpcService;
  readonly doors: readonly Listening[];
  readonly urls: readonly string[];
  readonly metrics: string | undefined;
  readonly resolved: ResolvedServer;
  readonly failed: Promise<Error>;
  readonly unready: () => void;
  readonly close: () => Promise<void>;
}

function running({
  node,
  grpc,
  doors,
  urls,
  metrics,
  resolved,
  failed,
  unready,
  close,
}: Parts): RunningServer {
  let closing: Promise<void> | undefined;
  let draining: Promise<void> | undefined;
  const closeOnce = (): Promise<void> => {
    closing ??= close();
    return closing;
  };
  const drain = async (): Promise<void> => {
    const end = performance.now() + resolved.drainTimeoutMs;
    unready();
    grpc.drain();
    await node.handOver(resolved.drainTimeoutMs);
    // They resolve when the last client is gone, which is not to be waited for here.
    for (const door of doors) void door.close();
    await node.drain(Math.max(0, end - performance.now()));
    await closeOnce();
  };
  return {
    address: node.address,
    urls,
    metrics,
    failed,
    drain() {
      draining ??= drain();
      return draining;
    },
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}
