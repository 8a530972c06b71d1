import { DsoError } from '../errors.ts';

/** Where a cluster is, as an address says it. */
export interface ClusterAddress {
  /** The address as it is written in handles: without secrets. */
  readonly url: string;
  readonly scheme: 'dso' | 'dsos' | 'dso+unix' | 'grpc' | 'grpcs';
  /** `host:port`, or a path. */
  readonly hosts: readonly string[];
}

const SCHEMES = ['dso', 'dsos', 'dso+unix', 'grpc', 'grpcs'] as const;
export const DEFAULT_PORT = 7600;

/**
 * Reads `dso://host:7600,host2:7600` (a socket), `dsos://…` (over TLS), `grpc://…`, `grpcs://…`, `dso+unix:/path`.
 *
 * @throws {DsoError} naming what is wrong with it.
 */
export function parseAddress(text: string): ClusterAddress {
  const [, scheme, rest] = /^([a-z+]+):(?:\/\/)?(.*)$/s.exec(text) ?? [];
  const known = SCHEMES.find((one) => one === scheme);
  if (known === undefined || rest === undefined)
    throw bad(text, `it must begin with ${SCHEMES.map((one) => `${one}://`).join(', ')} or be 'embedded:'`);
  if (known === 'dso+unix') {
    if (!rest.startsWith('/')) throw bad(text, 'dso+unix: is followed by an absolute path');
    return { url: `dso+unix:${rest}`, scheme: known, hosts: [rest] };
  }
  if (rest.includes('@'))
    throw bad(text, 'it holds user info; give the token by `token`, or SKEIN_DSO_TOKEN');
  const hosts = rest
    .replace(/\/$/, '')
    .split(',')
    .map((host) => checkHost(text, host));
  if (new Set(hosts).size < hosts.length) throw bad(text, 'it names a host twice');
  return { url: `${known}://${hosts.join(',')}`, scheme: known, hosts };
}

/** `host:port` of a member. @throws {DsoError} */
export function checkHost(text: string, host: string): string {
  const [, name, port] = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d+))?$/i.exec(host.trim()) ?? [];
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  if (name === undefined || number < 1 || number > 65_535) throw bad(text, `'${host}' is no host:port`);
  return `${name}:${number}`;
}

/** Host and port apart; an IPv6 address without its brackets. */
export function hostAndPort(host: string): { readonly host: string; readonly port: number } {
  const at = host.lastIndexOf(':');
  return { host: host.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(host.slice(at + 1)) };
}

/** From how far the cluster can be reached. */
export function reachOf({ scheme, hosts }: ClusterAddress): 'host' | 'network' {
  const isLocal = (host: string): boolean => /^(?:localhost|127\.|\[::1\])/.test(host);
  return scheme === 'dso+unix' || hosts.every(isLocal) ? 'host' : 'network';
}

function bad(text: string, why: string): DsoError {
  return new DsoError(
    'bad-argument',
    `${JSON.stringify(text.replace(/\/\/[^/@]*@/, '//***@'))} is no address of shared objects: ${why}`,
  );
}
