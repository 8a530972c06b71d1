/** Options as a whole: what fits together, what files hold, and what nobody has said. Nothing is opened here. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { DEFAULT_LIMITS, type FsyncPolicy, type NodeLimits } from '@skein/dso/server';
import type { LogLevel } from './log.ts';
import { type CheckedOptions, checkOptions, ServerOptionError, type ServerOptions } from './options.ts';
import { isEveryAddress, isLoopback, type Place, parsePlace, placeText } from './place.ts';

export interface ResolvedServer {
  readonly listen: Place | undefined;
  /** Whether gRPC is served on the ports of the socket protocol too. */
  readonly sharesGrpc: boolean;
  /** A port for gRPC alone. */
  readonly grpc: Place | undefined;
  readonly unix: string | undefined;
  /** How clients reach it, for a port that is known once it listens. */
  readonly address: (listens: Place | undefined) => string;
  /** `undefined`: only this server, or what etcd says. */
  readonly members: readonly string[] | undefined;
  readonly etcd: EtcdMembership | undefined;
  readonly replicas: number;
  readonly leaseMs: number;
  readonly token: string | undefined;
  readonly tls: TlsOptions | undefined;
  readonly allowUserCode: boolean;
  readonly load: readonly string[];
  readonly metrics: Place | undefined;
  readonly limits: NodeLimits;
  /** `undefined`: objects are in memory only. */
  readonly data: DataOptions | undefined;
  readonly userCodeTimeLimitMs: number;
  readonly drainTimeoutMs: number;
  readonly logLevel: LogLevel;
}

/** How objects are kept on disk. */
export interface DataOptions {
  readonly folder: string;
  readonly fsync: FsyncPolicy;
  readonly snapshotAfterBytes: number;
}

/** Where servers find each other. */
export interface EtcdMembership {
  /** Such as `http://a:2379`. */
  readonly endpoints: readonly string[];
  /** Before all keys of the cluster. */
  readonly prefix: string;
}

/** The same as for clients. */
const DEFAULT_LISTEN: Place = { host: '127.0.0.1', port: 7600 };
/** Clients that break off their handshake hold a connection for no longer, milliseconds. */
const HANDSHAKE_MS = 10_000;

/** @throws {ServerOptionError} with everything that is wrong */
export async function resolveOptions(options: ServerOptions): Promise<ResolvedServer> {
  const checked = checkOptions(options);
  const problems: string[] = [];
  const listen = checked.listen === 'off' ? undefined : (checked.listen ?? DEFAULT_LISTEN);
  const { grpc = 'shared' } = checked;
  const ownGrpc = typeof grpc === 'string' ? undefined : grpc;
  const membership = membershipOf(checked, problems);
  const members = membership?.kind === 'static' ? membership.members : undefined;
  const etcd = membership?.kind === 'etcd' ? membership : undefined;
  const places = [listen, ownGrpc].filter((place) => place !== undefined);
  if (places.length === 0 && checked.unix === undefined)
    problems.push(
      '--listen off needs --unix or a --grpc host:port: there is nowhere else for clients to come',
    );
  const { replicas = 1 } = checked;
  if (replicas > 1 && etcd === undefined)
    problems.push(
      `--replicas must be 1, not ${replicas}: copies on several servers need --membership etcd:, which says who may take over from a server that is not heard of`,
    );
  if (checked.leaseMs !== undefined && etcd === undefined)
    problems.push('--lease-ms needs --membership etcd:: nobody else takes over from a silent server');
  if (etcd !== undefined && listen === undefined)
    problems.push('--membership etcd: needs --listen host:port: the other servers come there');
  const data = dataOf(checked, problems);
  const [token, tls] = await Promise.all([tokenOf(checked, problems), tlsOf(checked, problems)]);
  const open = places.find((place) => !isLoopback(place));
  if (open !== undefined && !isGuarded(checked))
    problems.push(
      `${placeText(open)} can be reached from other machines: give --auth-token-file or --tls-client-ca, or say --no-auth to let everybody in`,
    );
  const address = addressOf(checked, listen, members, problems);
  if (problems.length > 0) throw new ServerOptionError(problems);
  return {
    listen,
    sharesGrpc: grpc !== 'off',
    grpc: ownGrpc,
    unix: checked.unix,
    address,
    members,
    etcd,
    replicas,
    leaseMs: checked.leaseMs ?? 2000,
    token,
    tls,
    allowUserCode: checked.allowUserClasses ?? open === undefined,
    load: checked.load ?? [],
    metrics: checked.metrics,
    limits: {
      maxMessageBytes: checked.maxMessageBytes ?? DEFAULT_LIMITS.maxMessageBytes,
      maxObjectBytes: checked.maxObjectBytes ?? DEFAULT_LIMITS.maxObjectBytes,
      maxMemoryBytes: checked.maxMemoryBytes ?? DEFAULT_LIMITS.maxMemoryBytes,
    },
    data,
    userCodeTimeLimitMs: checked.userCodeTimeLimitMs ?? 30_000,
    drainTimeoutMs: checked.drainTimeoutMs ?? (etcd === undefined ? 10_000 : 60_000),
    logLevel: checked.logLevel ?? 'info',
  };
}

function isGuarded({ authTokenFile, tlsClientCa, auth }: CheckedOptions): boolean {
  return auth === false || authTokenFile !== undefined || tlsClientCa !== undefined;
}

function dataOf(
  { data, fsync, snapshotAfterBytes }: CheckedOptions,
  problems: string[],
): DataOptions | undefined {
  if (data !== undefined)
    return {
      folder: resolve(data),
      fsync: fsync ?? { kind: 'always' },
      snapshotAfterBytes: snapshotAfterBytes ?? 64 * 2 ** 20,
    };
  if (fsync !== undefined) problems.push('--fsync needs --data: without it nothing is on a disk');
  if (snapshotAfterBytes !== undefined)
    problems.push('--snapshot-after-bytes needs --data: without it nothing is on a disk');
  return undefined;
}

type Membership =
  | { readonly kind: 'static'; readonly members: readonly string[] }
  | ({ readonly kind: 'etcd' } & EtcdMembership);

function membershipOf({ membership }: CheckedOptions, problems: string[]): Membership | undefined {
  if (membership === undefined) return undefined;
  const [, kind = '', rest = ''] = /^(\w+):(.*)$/.exec(membership) ?? [];
  if (kind === 'etcd') return etcdOf(rest, problems);
  const places = rest.split(',').map(parsePlace);
  const members = places.filter((place) => place !== undefined).map(placeText);
  if (kind === 'static' && members.length === places.length && new Set(members).size === members.length)
    return { kind, members };
  problems.push(
    `--membership must be 'static:' and the addresses of all servers, each once, such as static:a:7600,b:7600; or 'etcd:' and its addresses, such as etcd:http://a:2379; not ${JSON.stringify(membership)}`,
  );
  return undefined;
}

/** `http://a:2379,http://b:2379/name`; what has no scheme is http. */
function etcdOf(text: string, problems: string[]): Membership | undefined {
  const [, hosts = '', name = 'dso'] =
    /^((?:https?:\/\/)?[^/]+?)(?:\/([\w.-]+))?\/?$/.exec(text.replaceAll(/,https?:\/\//g, ',')) ?? [];
  const [, scheme = 'http://', first = ''] = /^(https?:\/\/)?(.*)$/.exec(hosts) ?? [];
  const places = first.split(',').map(parsePlace);
  if (places.every((place) => place !== undefined && place.port > 0))
    return {
      kind: 'etcd',
      endpoints: places.map((place) => `${scheme}${placeText(place!)}`),
      prefix: `skein/${name}/`,
    };
  problems.push(
    `--membership etcd: is followed by the addresses of etcd, and a name of the cluster if etcd has several, such as etcd:http://a:2379,http://b:2379/name; not ${JSON.stringify(text.replace(/\/\/[^/@]*@/, '//***@'))}`,
  );
  return undefined;
}

/** What this server is called among the members. */
function addressOf(
  { advertise }: CheckedOptions,
  listen: Place | undefined,
  members: readonly string[] | undefined,
  problems: string[],
): (listens: Place | undefined) => string {
  const said = advertise ?? listen;
  if (members !== undefined && (said === undefined || !members.includes(placeText(said)))) {
    const what = advertise === undefined ? '--listen' : '--advertise';
    problems.push(
      `--membership must name this server too: ${what} says ${said === undefined ? "'off'" : placeText(said)}, the members are ${members.join(', ')} (--advertise says which of them it is)`,
    );
  }
  return (listens) => {
    const place = advertise ?? listens;
    if (place === undefined) return 'localhost:0';
    return placeText(isEveryAddress(place) ? { ...place, host: hostname() } : place);
  };
}

async function tokenOf(
  { authTokenFile, auth }: CheckedOptions,
  problems: string[],
): Promise<string | undefined> {
  if (authTokenFile === undefined) return undefined;
  if (auth === false) problems.push('--auth-token-file and --no-auth exclude each other');
  const token = (await fileText('--auth-token-file', authTokenFile, problems))?.trim();
  if (token === '') problems.push(`--auth-token-file ${authTokenFile} must hold a token, and is empty`);
  return token;
}

async function tlsOf(
  { tlsCert, tlsKey, tlsClientCa }: CheckedOptions,
  problems: string[],
): Promise<TlsOptions | undefined> {
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    const missing = [tlsCert === undefined && '--tls-cert', tlsKey === undefined && '--tls-key'].filter(
      Boolean,
    );
    problems.push(`TLS needs ${missing.join(' and ')} too`);
    return undefined;
  }
  const [cert, key, ca] = await Promise.all([
    fileText('--tls-cert', tlsCert, problems),
    fileText('--tls-key', tlsKey, problems),
    tlsClientCa === undefined ? undefined : fileText('--tls-client-ca', tlsClientCa, problems),
  ]);
  if (cert === undefined || key === undefined) return undefined;
  const options: TlsOptions = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
    // gRPC clients ask for it; others ask for nothing, and get nothing.
    ALPNProtocols: ['h2'],
    handshakeTimeout: HANDSHAKE_MS,
    minVersion: 'TLSv1.2',
  };
  try {
    createSecureContext(options);
  } catch (error) {
    problems.push(
      `--tls-cert and --tls-key must be a PEM certificate and its key: ${(error as Error).message}`,
    );
  }
  return options;
}

async function fileText(flag: string, path: string, problems: string[]): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    problems.push(`${flag} must be a file that can be read: ${(error as Error).message}`);
    return undefined;
  }
}
